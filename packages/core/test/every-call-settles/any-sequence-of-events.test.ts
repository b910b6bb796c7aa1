import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Connection, Result } from "../../src/index.ts";
import { TransportError } from "../../src/index.ts";
import { countedSignal } from "../support/counted-signal.ts";
import { stall } from "../support/puppet.ts";
import { scene } from "../support/scene.ts";

const timeoutMs = fc.integer({ min: 1, max: 400 });

const move = fc.oneof(
  fc.record({
    act: fc.constant("connect" as const),
    timeoutMs,
    opens: fc.constantFrom("opens", "stalls", "fails"),
  }),
  fc.record({
    act: fc.constant("request" as const),
    timeoutMs,
    opens: fc.constantFrom("opens", "stalls", "fails"),
  }),
  fc.record({ act: fc.constant("receive" as const), timeoutMs }),
  fc.record({ act: fc.constantFrom("send", "close", "next", "abort", "reset") }),
  fc.record({ act: fc.constant("deliver" as const), count: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ act: fc.constant("end" as const), clean: fc.boolean() }),
  fc.record({ act: fc.constant("silence" as const) }),
  fc.record({ act: fc.constantFrom("advance" as const, "freeze" as const), ms: fc.nat(600) }),
);

describe("a manager under any sequence of events", () => {
  it("settles every call, keeps messages in order, and leaves nothing behind", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(move, { maxLength: 40, size: "max" }),
        fc.constantFrom(0, 300),
        async (moves, waitMs) => {
          const { manager, transport, clock } = scene({
            closeTimeoutMs: 100,
            inbox: { maxMessages: 8 },
            onLimit: waitMs === 0 ? "reject" : { wait: waitMs },
          });
          const { signal, abort, listeners } = countedSignal();
          const pending: Promise<unknown>[] = [];
          const received: unknown[] = [];
          let connection: Connection | undefined;
          let delivered = 0;
          const note = (result: Result<{ readonly response: unknown }>): void => {
            if (result.success) received.push(result.data.response);
          };
          for (const step of moves) {
            const open = "opens" in step ? step.opens : "opens";
            transport.onOpen = async (channel) => {
              if (open === "stalls") await stall(channel);
              if (open === "fails") throw new TransportError("CONNECT_FAILED", "refused");
            };
            const channel = transport.channels.at(-1);
            switch (step.act) {
              case "connect":
                pending.push(
                  manager
                    .connect("ws://peer.test/", { timeoutMs: step.timeoutMs, signal })
                    .then(({ data }) => {
                      connection = data?.connection ?? connection;
                    }),
                );
                await clock.advance(0);
                break;
              case "request":
                pending.push(manager.request("ws://peer.test/", 0, { timeoutMs: step.timeoutMs, signal }));
                await clock.advance(0);
                break;
              case "receive":
                if (connection)
                  pending.push(manager.receive(connection, { timeoutMs: step.timeoutMs, signal }).then(note));
                break;
              case "next":
                if (connection)
                  pending.push(
                    connection[Symbol.asyncIterator]()
                      .next()
                      .catch(() => undefined),
                  );
                break;
              case "send":
                if (connection) pending.push(manager.send(connection, 1));
                break;
              case "close":
                if (connection) pending.push(manager.close(connection));
                break;
              case "reset":
                pending.push(manager.reset());
                break;
              case "abort":
                abort();
                break;
              case "deliver":
                for (let message = 0; message < step.count; message += 1) channel?.deliver(delivered++);
                break;
              case "end":
                channel?.end({ code: step.clean ? 1000 : 1006, reason: "", clean: step.clean });
                break;
              case "silence":
                if (channel) channel.answersClose = false;
                break;
              default:
                await clock[step.act](step.ms);
            }
          }
          const disposed = manager.dispose();
          await clock.advance(2_000);
          await Promise.all([disposed, ...pending]);
          expect(received).toEqual([...received].sort((a, b) => Number(a) - Number(b)));
          expect(new Set(received).size).toBe(received.length);
          expect(manager.getStats().openConnections).toBe(0);
          expect(clock.referencedTimers).toBe(0);
          expect(listeners()).toBe(0);
        },
      ),
      { numRuns: 150 },
    );
  });
});
