import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { manualClock } from "../src/testing.ts";
import { type Deadline, Deadlines } from "../src/time/deadlines.ts";

function deadline(expire: () => void): Deadline {
  return { atMs: 0, index: -1, expire };
}

describe("deadlines", () => {
  it("expire in the order of time, each at its moment, and never after they were removed", async () => {
    const plan = fc.record({
      atMs: fc.integer({ min: 1, max: 200 }),
      removeAtMs: fc.option(fc.nat(250), { nil: Number.POSITIVE_INFINITY }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(plan, { maxLength: 60, size: "max" }), async (plans) => {
        const clock = manualClock();
        const deadlines = new Deadlines(clock);
        const expired: { atMs: number; seenMs: number }[] = [];
        const entries = plans.map(({ atMs, removeAtMs }) => {
          const entry = deadline(() => expired.push({ atMs, seenMs: clock.now() }));
          deadlines.add(entry, atMs);
          return { entry, removeAtMs };
        });
        for (let now = 0; now <= 250; now += 1) {
          for (const { entry, removeAtMs } of entries) if (removeAtMs === now) deadlines.remove(entry);
          await clock.advance(1);
        }
        const due = plans.filter(({ atMs, removeAtMs }) => removeAtMs >= atMs);
        const moments = due.map(({ atMs }) => atMs).sort((a, b) => a - b);
        expect(expired).toEqual(moments.map((atMs) => ({ atMs, seenMs: atMs })));
      }),
      { numRuns: 100 },
    );
  });

  it("stay in order when one in the middle is removed", async () => {
    const clock = manualClock();
    const deadlines = new Deadlines(clock);
    const expired: number[] = [];
    const entries = [1, 100, 2, 101, 102, 3, 4].map((atMs) => {
      const entry = deadline(() => expired.push(atMs));
      deadlines.add(entry, atMs);
      return entry;
    });
    for (const entry of entries) if (entry.atMs === 101) deadlines.remove(entry);
    await clock.advance(200);
    expect(expired).toEqual([1, 2, 3, 4, 100, 102]);
  });

  it("arm no timer of their own while an earlier one is set", () => {
    const clock = manualClock();
    const deadlines = new Deadlines(clock);
    for (let turn = 0; turn < 1_000; turn += 1) {
      const entry = deadline(() => {});
      deadlines.add(entry, 10_000 + turn);
      deadlines.remove(entry);
    }
    expect(clock.timersArmed).toBe(1);
  });

  it("keep the process alive only while something waits, and lapse by themselves", async () => {
    const clock = manualClock();
    const deadlines = new Deadlines(clock);
    const entry = deadline(() => {});
    deadlines.add(entry, 50);
    expect(clock.referencedTimers).toBe(1);
    deadlines.remove(entry);
    expect(clock.referencedTimers).toBe(0);
    deadlines.add(entry, 90);
    expect(clock.referencedTimers).toBe(1);
    deadlines.remove(entry);
    await clock.advance(100);
    expect(clock.timers).toBe(0);
  });

  it("set the timer anew for one that comes before the one it is set for", async () => {
    const clock = manualClock();
    const deadlines = new Deadlines(clock);
    const expired: string[] = [];
    deadlines.add(
      deadline(() => expired.push("late")),
      500,
    );
    deadlines.add(
      deadline(() => expired.push("soon")),
      20,
    );
    await clock.advance(20);
    expect(expired).toEqual(["soon"]);
    await clock.advance(480);
    expect(expired).toEqual(["soon", "late"]);
  });

  it("judge by the clock when the timer is late: only what is due expires", async () => {
    const clock = manualClock();
    const deadlines = new Deadlines(clock);
    const expired: string[] = [];
    deadlines.add(
      deadline(() => expired.push("due")),
      100,
    );
    deadlines.add(
      deadline(() => expired.push("not due")),
      400_000,
    );
    clock.freeze(300_000);
    await clock.advance(0);
    expect(expired).toEqual(["due"]);
  });

  it("all expire when some of them throw, each at its moment, and each throw leaves the timer", async () => {
    const plan = fc.record({ atMs: fc.integer({ min: 1, max: 20 }), throws: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(plan, { maxLength: 20, size: "max" }), async (plans) => {
        const clock = manualClock();
        const deadlines = new Deadlines(clock);
        const expired: { atMs: number; seenMs: number }[] = [];
        for (const { atMs, throws } of plans) {
          const entry = deadline(() => {
            expired.push({ atMs, seenMs: clock.now() });
            if (throws) throw new Error(`at ${atMs}`);
          });
          deadlines.add(entry, atMs);
        }
        const thrown: unknown[] = [];
        // A throw ends `advance`, and with it that step of time.
        for (let turn = 0; turn < 20 + plans.length; turn += 1) {
          await clock.advance(1).catch((error: unknown) => thrown.push(error));
        }
        const inOrder = [...plans].sort((a, b) => a.atMs - b.atMs);
        expect(expired).toEqual(inOrder.map(({ atMs }) => ({ atMs, seenMs: atMs })));
        const throwing = inOrder.filter(({ throws }) => throws);
        expect(thrown).toEqual(throwing.map(({ atMs }) => new Error(`at ${atMs}`)));
        expect(clock.timers).toBe(0);
      }),
    );
  });

  it("that are due together do not stop each other: one that throws leaves the rest to a timer of its own", async () => {
    const clock = manualClock();
    const deadlines = new Deadlines(clock);
    const expired: string[] = [];
    for (const [atMs, name] of [
      [1, "first"],
      [2, "second"],
      [90, "late"],
    ] as const) {
      const entry = deadline(() => {
        expired.push(name);
        if (name === "first") throw new Error(name);
      });
      deadlines.add(entry, atMs);
    }
    clock.freeze(50);
    await expect(clock.advance(0)).rejects.toThrow("first");
    await clock.advance(0);
    expect(expired).toEqual(["first", "second"]);
    await clock.advance(40);
    expect(expired).toEqual(["first", "second", "late"]);
  });
});
