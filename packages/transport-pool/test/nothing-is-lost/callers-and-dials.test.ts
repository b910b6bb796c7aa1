import type { Channel, ChannelEvents } from "@outsock/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { type Dial, manualFixture } from "../support/manual-transport.ts";

interface Caller {
  readonly controller: AbortController;
  readonly log: string[];
  state: "waiting" | "open" | "failed";
  channel: Channel | undefined;
}

type Act = (the: RandomRun, who: number) => unknown;

/** Callers of a pool, and the dials that it starts for them. */
class RandomRun {
  readonly fixture = manualFixture({
    maxIdlePerKey: 2,
    maxIdle: 3,
    idleMs: 10_000,
    maxAgeMs: 30_000,
    deaf: true,
  });
  readonly callers: Caller[] = [];

  open(url: string): void {
    const log: string[] = [];
    const controller = new AbortController();
    const caller: Caller = { controller, log, state: "waiting", channel: undefined };
    const events: ChannelEvents = {
      message: () => log.push("message"),
      pong: () => log.push("pong"),
      drain: () => log.push("drain"),
      close: () => log.push("close"),
    };
    this.callers.push(caller);
    const { signal } = controller;
    const request = { url, headers: {}, protocols: [], maxMessageBytes: 1, signal };
    this.fixture.pool.open(request, events).then(
      (channel) => Object.assign(caller, { state: "open", channel }),
      () => Object.assign(caller, { state: "failed" }),
    );
  }

  caller(who: number): Caller | undefined {
    return this.callers[who % Math.max(1, this.callers.length)];
  }

  dial(who: number): Dial | undefined {
    const { dials } = this.fixture;
    return dials[who % Math.max(1, dials.length)];
  }

  /** Lets everything under way finish. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 30; turn += 1) {
      for (const dial of this.fixture.dials) dial.succeed();
      await this.fixture.clock.advance(300);
    }
  }
}

const message = Object.create(null);
const acts: Readonly<Record<string, Act>> = {
  openOne: (the) => the.open("ws://one.example/"),
  openAnother: (the) => the.open("ws://another.example/"),
  abort: (the, who) => the.caller(who)?.controller.abort(),
  succeed: (the, who) => the.dial(who)?.succeed(),
  greet: (the, who) => the.dial(who)?.emit("message", message),
  fail: (the, who) => the.dial(who)?.fail(new Error("no")),
  send: (the, who) => {
    try {
      the.caller(who)?.channel?.send("question");
    } catch {
      // It is closed.
    }
  },
  answer: (the, who) => the.dial(who)?.emit("message", message),
  pong: (the, who) => the.dial(who)?.emit("pong"),
  close: (the, who) => the.caller(who)?.channel?.close(),
  closeWithCode: (the, who) => the.caller(who)?.channel?.close(4000),
  terminate: (the, who) => the.caller(who)?.channel?.terminate(),
  end: (the, who) => the.dial(who)?.emit("close", { code: 1006, reason: "", clean: false }),
  deafen: (the, who) => Object.assign(the.dial(who) ?? {}, { answersClose: false }),
  pongAtOnce: (the, who) => {
    const dial = the.dial(who);
    if (dial !== undefined) dial.onCall = (call) => call === "ping" && dial.emit("pong");
  },
  endAtOnce: (the, who) => {
    const dial = the.dial(who);
    if (dial !== undefined) {
      dial.onCall = (call) => call === "ping" && dial.emit("close", { code: 1006, reason: "", clean: false });
    }
  },
  pass: (the, who) => the.fixture.clock.advance(who * 97),
  freeze: (the, who) => the.fixture.clock.freeze(who * 997),
  dispose: (the, who) => who === 0 && void the.fixture.pool.dispose(),
};

const run = fc.array(
  fc.record({
    act: fc.constantFrom(...Object.keys(acts)),
    who: fc.nat(12),
    /** Whether pending callbacks run before the next act. */
    breathes: fc.boolean(),
  }),
  { maxLength: 60, size: "max" },
);

it("under any sequence of steps, every open settles, every close is reported once, and nothing is left behind", async () => {
  await fc.assert(
    fc.asyncProperty(run, async (steps) => {
      const the = new RandomRun();
      const { pool, clock, dials } = the.fixture;
      for (const { act, who, breathes } of steps) {
        await acts[act]?.(the, who);
        if (breathes) await clock.advance(0);
      }
      await the.settle();
      for (const { state, log } of the.callers) {
        expect(state).not.toBe("waiting");
        expect(log.indexOf("close")).toBe(log.includes("close") ? log.length - 1 : -1);
      }
      const { lentCount, idleCount, openedCount, discardedCount } = pool.getStats();
      expect(lentCount + idleCount + discardedCount).toBe(openedCount);
      expect(lentCount).toBe(
        the.callers.filter(({ state, log }) => state === "open" && !log.includes("close")).length,
      );
      for (const { channel } of the.callers) channel?.terminate();
      const disposed = pool.dispose();
      await clock.advance(2_000);
      await disposed;
      expect(pool.getStats()).toMatchObject({ lentCount: 0, idleCount: 0, keyCount: 0 });
      expect(dials.filter((dial) => dial.isOpen)).toEqual([]);
      expect(clock.timers).toBe(0);
    }),
    { numRuns: 500 },
  );
});
