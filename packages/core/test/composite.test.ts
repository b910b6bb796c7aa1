import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { composite, type RateDecision, type RateLimiter, slidingWindow } from "../src/index.ts";
import { manualClock } from "../src/testing.ts";

const clock = manualClock();

function later(limiter: RateLimiter): RateLimiter {
  return {
    acquire: async (cost, options) => limiter.acquire(cost, options),
    refund: (cost, decision) => limiter.refund(cost, decision),
    usage: (options) => limiter.usage(options),
    reset: () => limiter.reset(),
  };
}

describe("several limits at once", () => {
  const second = (): RateLimiter => slidingWindow({ limit: 5, windowMs: 1_000, clock });
  const minutes = (): RateLimiter => slidingWindow({ limit: 12, windowMs: 300_000, clock });

  it("admit what all of them admit, and take nothing of any where one refuses", () => {
    const [fast, slow] = [second(), minutes()];
    const both = composite(fast, slow);
    expect(both.acquire(4)).toMatchObject({ allowed: true, limit: 5, remaining: 1 });
    expect(both.acquire(2)).toMatchObject({ allowed: false, limit: 5, retryAfterMs: 1_000 });
    expect(slow.usage().used).toBe(4);
    expect(fast.usage().used).toBe(4);
  });

  it("say the longest wait, and nothing where the cost can never be had", async () => {
    const both = composite(second(), minutes());
    for (let turn = 0; turn < 3; turn += 1) {
      expect(both.acquire(4)).toMatchObject({ allowed: true });
      await clock.advance(1_000);
    }
    expect(both.acquire(1)).toMatchObject({ allowed: false, limit: 12, retryAfterMs: 297_000 });
    expect(both.acquire(6)).not.toHaveProperty("retryAfterMs");
    expect(both.usage()).toMatchObject({ used: 12, limit: 12 });
  });

  it("take back together, are reset together, and pass the reserve on", async () => {
    const [fast, slow] = [second(), minutes()];
    const both = composite(fast, slow);
    const decision = both.acquire(3);
    if (decision instanceof Promise) throw new Error("both are local");
    both.refund(3, decision);
    expect([fast.usage().used, slow.usage().used]).toEqual([0, 0]);
    expect(both.acquire(3, { reserve: 3 })).toMatchObject({ allowed: false });
    both.acquire(3);
    await both.reset();
    expect([fast.usage().used, slow.usage().used]).toEqual([0, 0]);
  });

  it("wait for one that answers later, and take back from the others what it refuses", async () => {
    const [fast, slow] = [second(), minutes()];
    const both = composite(fast, later(slow));
    expect(await both.acquire(5)).toMatchObject({ allowed: true, source: "local" });
    expect(fast.usage().used).toBe(5);
    await clock.advance(1_000);
    slow.acquire(7);
    expect(await both.acquire(1)).toMatchObject({ allowed: false, limit: 12 });
    expect(fast.usage().used).toBe(0);
  });

  it("take back from the others where one throws or is rejected", async () => {
    const fast = second();
    const broken = (acquire: RateLimiter["acquire"]): RateLimiter => ({ ...later(minutes()), acquire });
    const throwing = broken(() => {
      throw new Error("broken");
    });
    expect(() => composite(fast, throwing).acquire(2)).toThrow("broken");
    const rejecting = broken(() => Promise.reject(new Error("broken")));
    await expect(composite(fast, rejecting).acquire(2)).rejects.toThrow("broken");
    await expect(composite(later(fast), throwing).acquire.bind(composite(later(fast), throwing))).toThrow();
    await new Promise(setImmediate);
    expect(fast.usage().used).toBe(0);
  });

  it("never admit more in any window than the tightest, whatever is asked when", () => {
    const asks = fc.array(fc.record({ cost: fc.integer({ min: 1, max: 5 }), afterMs: fc.nat(400) }), {
      maxLength: 80,
      size: "max",
    });
    fc.assert(
      fc.property(asks, (schedule) => {
        let now = 0;
        const both = composite(
          slidingWindow({ limit: 5, windowMs: 500 }),
          slidingWindow({ limit: 8, windowMs: 2_000 }),
        );
        const taken: number[] = [];
        for (const { cost, afterMs } of schedule) {
          now += afterMs;
          const decision = both.acquire(cost, { now });
          if (decision instanceof Promise) throw new Error("both are local");
          const most = (windowMs: number): number => taken.filter((at) => at > now - windowMs).length;
          expect(decision.allowed).toBe(most(500) + cost <= 5 && most(2_000) + cost <= 8);
          if (decision.allowed) taken.push(...Array.from({ length: cost }, () => now));
        }
      }),
    );
  });

  it("take nothing back of a refusal, whose parts have it back already", () => {
    const [fast, slow] = [second(), minutes()];
    const both = composite(fast, slow);
    fast.acquire(5);
    const refusal = both.acquire(2);
    slow.acquire(2);
    if (refusal instanceof Promise) throw new Error("both are local");
    both.refund(2, refusal);
    expect([fast.usage().used, slow.usage().used]).toEqual([5, 2]);
  });

  it("refuse what is no rate limiter", () => {
    const broken: RateLimiter[] = JSON.parse("[{}]");
    expect(() => composite()).toThrow("at least one");
    expect(() => composite(...broken)).toThrow("a rate limiter must have acquire, refund, usage, reset");
  });
});

describe("a refund to the sliding window", () => {
  const asked = (limiter: RateLimiter, cost: number, now: number): RateDecision => {
    const decision = limiter.acquire(cost, { now });
    if (decision instanceof Promise) throw new Error("it is local");
    return decision;
  };

  it("counts as if it had never been asked for, whatever came after", () => {
    const step = fc.record({ cost: fc.integer({ min: 1, max: 4 }), afterMs: fc.nat(60), kept: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
        const [real, model] = [1, 2].map(() => slidingWindow({ limit: 10, windowMs: 100 }));
        if (real === undefined || model === undefined) return;
        let now = 0;
        for (const { cost, afterMs, kept } of steps) {
          now += afterMs;
          if (kept) {
            expect(asked(real, cost, now).allowed).toBe(asked(model, cost, now).allowed);
            continue;
          }
          const unused = asked(real, cost, now);
          const between = asked(real, 1, now + 1);
          if (unused.allowed) real.refund(cost, unused);
          if (between.allowed) expect(asked(model, 1, now + 1).allowed).toBe(true);
          now += 1;
          expect(real.usage({ now }).used).toBe(model.usage({ now }).used);
        }
      }),
    );
  });

  it("after its window changes nothing", () => {
    const limiter = slidingWindow({ limit: 3, windowMs: 100 });
    const old = asked(limiter, 3, 0);
    asked(limiter, 2, 100);
    limiter.refund(3, old);
    expect(limiter.usage({ now: 100 }).used).toBe(2);
  });
});
