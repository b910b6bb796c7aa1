import fc from "fast-check";
import { expect, it } from "vitest";
import { poolFixture, type User } from "../support/pool-fixture.ts";

const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constantFrom("open", "ask", "send", "close", "terminate", "ping"), who: fc.nat(5) }),
    fc.record({ do: fc.constantFrom("push", "drop"), who: fc.nat(5) }),
    fc.record({ do: fc.constantFrom("advance", "freeze"), who: fc.nat(5), ms: fc.nat(20_000) }),
  ),
  { maxLength: 60, size: "max" },
);

it("under any sequence of steps, users receive only replies to their own messages, and every connection is accounted for", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (run) => {
      const limits = { maxIdle: 3, maxIdlePerKey: 2, idleMs: 10_000, maxAgeMs: 30_000 };
      const { pool, clock, open, peers, listener } = poolFixture(limits);
      const users: { user: User; asked: string[] }[] = [];
      let questions = 0;
      for (const step of run) {
        const one = users.at(step.who % Math.max(1, users.length));
        const peer = peers.at(step.who % Math.max(1, peers.length));
        const running = one !== undefined && one.user.closes.length === 0;
        questions += 1;
        if (step.do === "open") users.push({ user: await settled(clock, open()), asked: [] });
        if (running && (step.do === "ask" || step.do === "send")) {
          const question = step.do === "ask" ? `q${questions}` : "silence";
          if (trySend(one.user, question) && step.do === "ask") one.asked.push(`${question}!`);
        }
        if (step.do === "close") one?.user.channel.close(1000);
        if (step.do === "terminate") one?.user.channel.terminate();
        if (step.do === "ping") one?.user.channel.ping();
        if (step.do === "push") peer?.send("news");
        if (step.do === "drop") peer?.drop();
        if (step.do === "freeze" && "ms" in step) clock.freeze(step.ms);
        await clock.advance("ms" in step && step.do === "advance" ? step.ms : 0);
      }
      for (const { user, asked } of users) {
        const answers = user.messages.filter((message) => message !== "news");
        expect(answers).toEqual(asked.slice(0, answers.length));
        expect(user.closes.length).toBeLessThanOrEqual(1);
      }
      const { lentCount, idleCount, openedCount, discardedCount } = pool.getStats();
      expect(lentCount + idleCount + discardedCount).toBe(openedCount);
      expect(idleCount).toBeLessThanOrEqual(2);
      expect(listener.connectionCount).toBe(openedCount);
      expect(clock.referencedTimers).toBe(0);
      await settled(clock, pool.dispose());
      expect(pool.getStats().idleCount).toBe(0);
    }),
    { numRuns: 300 },
  );
});

function trySend(user: User, message: string): boolean {
  try {
    user.channel.send(message);
    return true;
  } catch {
    return false;
  }
}

/** Advances the clock until the promise settles. */
async function settled<T>(clock: { advance(ms: number): Promise<void> }, promise: Promise<T>): Promise<T> {
  let done = false;
  const mark = (): void => {
    done = true;
  };
  promise.then(mark, mark);
  for (let turn = 0; turn < 100 && !done; turn += 1) await clock.advance(turn === 0 ? 0 : 250);
  return promise;
}
