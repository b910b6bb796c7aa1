import { describe, expect, it } from "vitest";
import { slidingWindow } from "../../src/index.ts";
import { atOnce } from "../support/limiters.ts";

describe("what the sliding window is to take back", () => {
  it("from before a reset is forgotten already", () => {
    const limiter = slidingWindow({ limit: 5 });
    const old = atOnce(limiter.acquire(3, { now: 0 }));
    limiter.reset();
    limiter.acquire(2, { now: 0 });
    limiter.refund(3, old);
    expect(limiter.usage({ now: 0 }).used).toBe(2);
  });

  it("from after a reset is taken back", () => {
    const limiter = slidingWindow({ limit: 5 });
    limiter.acquire(3, { now: 0 });
    limiter.reset();
    const given = atOnce(limiter.acquire(2, { now: 10 }));
    limiter.refund(2, given);
    expect(limiter.usage({ now: 10 }).used).toBe(0);
  });

  it("is found also where the clock had gone back when it was given", () => {
    const limiter = slidingWindow({ limit: 5, windowMs: 1_000 });
    limiter.acquire(2, { now: 500 });
    const given = atOnce(limiter.acquire(2, { now: 400 }));
    limiter.refund(2, given);
    expect(limiter.usage({ now: 500 }).used).toBe(2);
  });

  it("is found also where the clock went back by far after a reset", () => {
    const limiter = slidingWindow({ limit: 5, windowMs: 1_000 });
    limiter.acquire(1, { now: 1_000_000 });
    limiter.reset();
    const given = atOnce(limiter.acquire(2, { now: 10 }));
    limiter.refund(2, given);
    expect(limiter.usage({ now: 10 }).used).toBe(0);
  });

  it("is never more than it gave at that moment, whatever cost is named", () => {
    const limiter = slidingWindow({ limit: 5, windowMs: 1_000 });
    limiter.acquire(2, { now: 0 });
    const given = atOnce(limiter.acquire(1, { now: 10 }));
    limiter.refund(3, given);
    expect(limiter.usage({ now: 10 }).used).toBe(2);
  });

  it("and was not its own changes nothing", () => {
    const limiter = slidingWindow({ limit: 5 });
    const given = atOnce(limiter.acquire(3, { now: 0 }));
    for (const grant of [undefined, "mine", [0]]) limiter.refund(3, { ...given, grant });
    expect(limiter.usage({ now: 0 }).used).toBe(3);
  });
});
