import type { RateDecision, StatsEvent } from "@outsock/core";
import { describe, expect, it } from "vitest";
import type { Session } from "../../src/index.ts";
import { scriptedTransport } from "../support/scripted-transport.ts";
import { stage } from "../support/stage.ts";
import { testProtocol } from "../support/test-protocol.ts";

const forever = { allowed: false, limit: 1, remaining: 0, resetAfterMs: 0, source: "local" } as const;
const granted = { ...forever, allowed: true } as const;

describe("a call that was sent before", () => {
  const limited = () => {
    let decide = (): RateDecision => granted;
    const rateLimiter = {
      acquire: () => decide(),
      refund: () => undefined,
      usage: () => ({ used: 0, limit: 100, windowMs: 1_000 }),
      reset: () => undefined,
    };
    return { rateLimiter, turn: (next: () => RateDecision) => (decide = next) };
  };

  it.each<[string, () => RateDecision]>([
    ["the limiter breaks", () => JSON.parse("{")],
    ["the limiter will never grant it", () => forever],
  ])("It reports that it may have arrived if %s meanwhile", async (_, decide) => {
    const limiter = limited();
    const { open, server, clock } = stage({ rateLimiter: limiter.rateLimiter });
    const session = await open();
    const call = session.call("hold", 1, { idempotent: true, correlationId: "mine" });
    await clock.advance(0);
    session.on("gap", () => limiter.turn(decide));
    server.last.peer.drop();
    await clock.advance(1_000);
    const { error } = await call;
    expect(error).toMatchObject({ code: "RATE_LIMITED", sent: "maybe", correlationId: "mine" });
    expect(server.allReceived("hold")).toHaveLength(1);
  });

  it("It reports that it may have arrived if the second send is refused", async () => {
    const { open, server, clock } = stage({ maxBufferedBytes: 300 });
    const session = await open({
      protocol: {
        ...testProtocol,
        async handshake(peer) {
          if (server.connectionCount === 1) return undefined;
          server.last.peer.hold();
          peer.send("y".repeat(200));
          return undefined;
        },
      },
    });
    const call = session.call("hold", "x".repeat(200), { idempotent: true });
    await clock.advance(0);
    server.last.peer.drop();
    await clock.advance(1_000);
    expect((await call).error).toMatchObject({ code: "BACKPRESSURE", phase: "send", sent: "maybe" });
  });

  it("It reports that it may have arrived if the session is closed before the second send", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const call = session.call("hold", 1, { idempotent: true });
    await clock.advance(0);
    server.last.peer.drop();
    await clock.advance(0);
    void session.close();
    expect((await call).error).toMatchObject({ code: "DISPOSED", sent: "maybe" });
  });
});

describe("while the socket takes the message of a call", () => {
  /** Something happens during the send: before the socket has the message, or once it has it. */
  const during = (when: "before" | "after", happen: () => void) => {
    let armed = false;
    const act = (now: typeof when): void => {
      if (armed && now === when) happen();
    };
    const { transport, channels } = scriptedTransport({ send: () => act("before") });
    const statsSink = { record: ({ type }: StatsEvent) => void (type === "message-sent" && act("after")) };
    return { ...stage({ transport, statsSink }), channels, arm: () => (armed = true) };
  };

  const kinds = Object.entries({
    call: (session: Session, signal?: AbortSignal) => session.call("news", 1, { signal }),
    notify: (session: Session, signal?: AbortSignal) => session.notify("news", 1, { signal }),
    subscribe: (session: Session, signal?: AbortSignal) => session.subscribe("news", 1, { signal }),
  });

  it.each(["before", "after"] as const)(
    "It reports that it may have arrived if it is aborted (%s)",
    async (when) => {
      for (const [kind, make] of kinds) {
        const controller = new AbortController();
        const { open, channels, arm } = during(when, () => controller.abort());
        const session = await open();
        arm();
        const { error } = await make(session, controller.signal);
        expect([kind, error?.code, error?.sent]).toEqual([kind, "ABORTED", "maybe"]);
        expect(channels[0]?.sent).toHaveLength(1);
        expect(session.getStats()).toMatchObject({ inFlight: 0, queued: 0, subscriptions: 0 });
      }
    },
  );

  it.each(["before", "after"] as const)(
    "It reports that it may have arrived if the session is closed (%s)",
    async (when) => {
      for (const [kind, make] of kinds) {
        let session: Session | undefined;
        const { open, arm, clock } = during(when, () => void session?.close({ timeoutMs: 0 }));
        session = await open();
        arm();
        const call = make(session);
        await clock.advance(10_000);
        const { success, error } = await call;
        // A notification that the socket took has succeeded.
        expect([kind, success || error?.sent]).toEqual([kind, kind === "notify" || "maybe"]);
      }
    },
  );

  it.each(["before", "after"] as const)(
    "A subscription that is aborted then (%s) is ended at the server once it is confirmed",
    async (when) => {
      const controller = new AbortController();
      const { open, channels, arm, clock } = during(when, () => controller.abort());
      const session = await open();
      arm();
      await session.subscribe("news", 1, { signal: controller.signal });
      const [channel] = channels;
      channel?.say({ id: JSON.parse(channel.sent[0] ?? "").id, result: "topic" });
      await clock.advance(0);
      expect(channel?.sent.slice(1).map((message) => JSON.parse(message))).toMatchObject([
        { method: "unsubscribe", params: { topic: "topic" } },
      ]);
    },
  );
});
