import fc from "fast-check";
import { expect, it } from "vitest";
import { Call } from "../../src/calls/call.ts";
import { Line } from "../../src/calls/line.ts";
import { SlowLimiter } from "../support/limiters.ts";
import { stage } from "../support/stage.ts";

it("A line behaves like a list, whatever is added and removed", () => {
  const calls = Array.from({ length: 8 }, (): Call => Object.create(Call.prototype));
  const stepArb = fc.tuple(
    fc.constantFrom("add", "delete", "look", "clear"),
    fc.nat({ max: calls.length - 1 }),
  );
  fc.assert(
    fc.property(fc.array(stepArb, { maxLength: 60, size: "max" }), (steps) => {
      const line = new Line();
      let list: Call[] = [];
      for (const [step, n] of steps) {
        const call = calls[n];
        if (call === undefined) continue;
        if (step === "look") expect(line.front).toBe(list[0]);
        else if (step === "clear") expect(line.clear()).toEqual(list.splice(0));
        else if (step === "delete") {
          expect(line.delete(call)).toBe(list.includes(call));
          list = list.filter((one) => one !== call);
        } else {
          line.add(call);
          if (!list.includes(call)) list.push(call);
        }
        expect([line.size, line.has(call)]).toEqual([list.length, list.includes(call)]);
      }
      expect(line.front).toBe(list[0]);
    }),
    { numRuns: 1_000 },
  );
});

it("Ten thousand waiting calls are sent in order", async () => {
  const count = 10_000;
  const { open, server, clock } = stage({ rateLimiter: new SlowLimiter() });
  const session = await open({ maxQueued: count });
  server.last.peer.drop();
  await clock.advance(999);
  const notified = Array.from({ length: count }, (_, n) => session.notify("note", n, { timeoutMs: 60_000 }));
  await clock.advance(1);
  expect((await Promise.all(notified)).every(({ success }) => success)).toBe(true);
  while (server.last.received.length < count) await clock.advance(0);
  expect(server.last.received.every(({ params }, n) => params === n)).toBe(true);
}, 10_000);
