import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RateDecision, type RateLimiter, slidingWindow } from "../src/index.ts";

function ask(limiter: RateLimiter, now: number, cost = 1): RateDecision {
  const decision = limiter.acquire(cost, { now });
  if (decision instanceof Promise) throw new Error("a local limiter answers at once");
  return decision;
}

const steps = fc.array(
  fc.record({
    pause: fc.oneof(fc.nat(3), fc.nat(400), fc.double({ min: 0, max: 50, noNaN: true })),
    cost: fc.integer({ min: 1, max: 4 }),
  }),
  { maxLength: 300, size: "max" },
);

/** The most permits in any half-open window: it is enough to look at those that start with a permit. */
function most(times: readonly number[], windowMs: number): number {
  return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + windowMs).length));
}

describe("the sliding window", () => {
  it("gives no half-open window more than the limit", () => {
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 500 }),
        (moves, limit, windowMs) => {
          const limiter = slidingWindow({ limit, windowMs });
          const admitted: number[] = [];
          let now = 0;
          for (const { pause, cost } of moves) {
            now += pause;
            if (ask(limiter, now, cost).allowed) admitted.push(...new Array<number>(cost).fill(now));
          }
          expect(most(admitted, windowMs)).toBeLessThanOrEqual(limit);
        },
      ),
    );
  });

  it("refuses only what would break the limit", () => {
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 500 }),
        (moves, limit, windowMs) => {
          const limiter = slidingWindow({ limit, windowMs });
          const admitted: number[] = [];
          let now = 0;
          for (const { pause, cost } of moves) {
            now += pause;
            const inWindow = admitted.filter((at) => at + windowMs > now).length;
            const { allowed } = ask(limiter, now, cost);
            expect(allowed).toBe(inWindow + cost <= limit);
            if (allowed) admitted.push(...new Array<number>(cost).fill(now));
          }
        },
      ),
    );
  });

  it("names a retryAfterMs that is enough and not more than needed", () => {
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: 4, max: 12 }),
        fc.integer({ min: 1, max: 500 }),
        (moves, limit, windowMs) => {
          const limiter = slidingWindow({ limit, windowMs });
          let now = 0;
          for (const { pause, cost } of moves) {
            now += pause;
            const { allowed, retryAfterMs = 0 } = ask(limiter, now, cost);
            if (allowed) continue;
            expect(ask(limiter, now + retryAfterMs - 0.001, cost).allowed).toBe(false);
            now += retryAfterMs;
            expect(ask(limiter, now, cost).allowed).toBe(true);
          }
        },
      ),
    );
  });

  it("admits in real time never more than the limit when its clock jumps back", () => {
    const moves = fc.array(
      fc.record({ pause: fc.nat(300), back: fc.oneof(fc.constant(0), fc.nat(50), fc.nat(5_000)) }),
      {
        maxLength: 300,
        size: "max",
      },
    );
    fc.assert(
      fc.property(moves, (jumps) => {
        const limiter = slidingWindow({ limit: 5, windowMs: 400 });
        const admitted: number[] = [];
        let real = 0;
        let wall = 0;
        for (const { pause, back } of jumps) {
          real += pause;
          wall += pause - back;
          if (ask(limiter, wall).allowed) admitted.push(real);
        }
        expect(most(admitted, 400)).toBeLessThanOrEqual(5);
      }),
    );
  });

  it("opens again within two windows after its clock jumped back by an hour", () => {
    const limiter = slidingWindow({ limit: 2, windowMs: 1_000 });
    ask(limiter, 4_000_000, 2);
    expect(ask(limiter, 400_000).allowed).toBe(false);
    expect(ask(limiter, 401_000, 2).allowed).toBe(true);
  });

  it("admits a cost whole or not at all", () => {
    const limiter = slidingWindow({ limit: 5, windowMs: 100 });
    expect(ask(limiter, 0, 3).allowed).toBe(true);
    expect(ask(limiter, 1, 4)).toMatchObject({ allowed: false, remaining: 2, retryAfterMs: 99 });
    expect(limiter.usage({ now: 1 }).used).toBe(3);
  });

  it("says of a cost above the limit that no wait helps", () => {
    expect(ask(slidingWindow({ limit: 3 }), 0, 4)).not.toHaveProperty("retryAfterMs");
  });

  it("counts what is in the window at the moment it is asked", () => {
    const limiter = slidingWindow();
    ask(limiter, 0, 300);
    expect(limiter.usage({ now: 999 })).toEqual({ used: 300, limit: 300, windowMs: 1_000 });
    expect(limiter.usage({ now: 1_000 }).used).toBe(0);
  });

  it("forgets everything on reset", () => {
    const limiter = slidingWindow({ limit: 1 });
    ask(limiter, 0);
    limiter.reset();
    expect(ask(limiter, 1).allowed).toBe(true);
  });

  it("keeps its own clock when it is given one", () => {
    let now = 0;
    const limiter = slidingWindow({
      limit: 1,
      clock: { now: () => now, schedule: () => ({ cancel() {}, ref() {}, unref() {} }) },
    });
    expect(ask(limiter, 99).allowed).toBe(true);
    expect(ask(limiter, 99_999).allowed).toBe(false);
    now = 1_000;
    expect(ask(limiter, 0).allowed).toBe(true);
  });

  it.each([
    { limit: 0 },
    { limit: 1.5 },
    { limit: Number.NaN },
    { windowMs: 0 },
    { windowMs: Number.POSITIVE_INFINITY },
    { lim: 3 },
    { limit: Number.MAX_SAFE_INTEGER },
  ])("throws a TypeError at once for %o", (options) => {
    expect(() => slidingWindow(options)).toThrow(TypeError);
  });
});

describe("a reserve", () => {
  it("is left free, and who leaves none may use it", () => {
    const limiter = slidingWindow({ limit: 10, windowMs: 100 });
    for (let call = 0; call < 7; call += 1)
      expect(limiter.acquire(1, { now: call, reserve: 3 })).toMatchObject({ allowed: true });
    expect(limiter.acquire(1, { now: 7, reserve: 3 })).toMatchObject({
      allowed: false,
      remaining: 3,
      retryAfterMs: 93,
    });
    expect(limiter.acquire(3, { now: 7 })).toMatchObject({ allowed: true, remaining: 0 });
  });

  it("that is as large as the limit can never be left: there is no moment to try again at", () => {
    const limiter = slidingWindow({ limit: 5 });
    expect(limiter.acquire(1, { now: 0, reserve: 5 })).not.toHaveProperty("retryAfterMs");
    expect(limiter.acquire(1, { now: 0, reserve: 4 })).toMatchObject({ allowed: true });
  });
});
