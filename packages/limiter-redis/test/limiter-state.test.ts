import { describe, expect, it } from "vitest";
import { scene } from "./support/model-redis.ts";

describe("after a refusal", () => {
  it("calls with the same need are refused without a batch until the wait is over", async () => {
    const { limiter, clock, redis } = scene();
    await limiter.acquire(10);
    await clock.advance(400);
    expect(await limiter.acquire(2)).toMatchObject({ allowed: false, retryAfterMs: 600 });
    await clock.advance(250);
    expect(limiter.acquire(2)).toMatchObject({
      allowed: false,
      retryAfterMs: 350,
      remaining: 0,
      source: "remote",
    });
    expect(limiter.acquire(1, { reserve: 1 })).toMatchObject({ allowed: false, retryAfterMs: 350 });
    const smaller = limiter.acquire(1);
    expect(smaller).toBeInstanceOf(Promise);
    expect(await smaller).toMatchObject({ allowed: false });
    expect(limiter.acquire(1)).toMatchObject({ allowed: false, retryAfterMs: 350 });
    await clock.advance(350);
    expect(await limiter.acquire(10)).toMatchObject({ allowed: true });
    expect(redis.batches).toHaveLength(4);
    expect(limiter.getStats()).toMatchObject({ rememberedCount: 3, refusedCount: 5 });
  });

  it("Redis is asked as soon as a permit may be free; retryAfterMs lasts until it certainly is", async () => {
    const { limiter, clock, redis } = scene();
    await limiter.acquire(10);
    redis.thereMs = 20;
    const refused = limiter.acquire(1);
    await clock.advance(20);
    expect(await refused).toMatchObject({ retryAfterMs: 980 });
    expect(limiter.acquire(1)).toMatchObject({ retryAfterMs: 980 });
    await clock.advance(960);
    expect(limiter.acquire(1)).toBeInstanceOf(Promise);
    await clock.advance(20);
  });

  it("the wait is recalculated after permits were taken", async () => {
    const { limiter, clock } = scene();
    await limiter.acquire(7);
    await clock.advance(100);
    await limiter.acquire(2);
    expect(await limiter.acquire(8)).toMatchObject({ allowed: false, retryAfterMs: 900 });
    await limiter.acquire(1);
    expect(await limiter.acquire(8)).toMatchObject({ allowed: false, retryAfterMs: 1_000 });
  });

  it("a refund clears the refusal", async () => {
    const { limiter } = scene({ leaseMs: 100 });
    const all = await limiter.acquire(10);
    await limiter.acquire(2);
    expect(limiter.acquire(2)).not.toBeInstanceOf(Promise);
    limiter.refund(1, all);
    expect(limiter.acquire(2)).toBeInstanceOf(Promise);
  });
});
