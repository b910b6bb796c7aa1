import { describe, expect, it } from "vitest";
import { scene } from "./support/model-redis.ts";

describe("onUnavailable", () => {
  it("local: permits that Redis gave in the last window count towards fallbackLimit", async () => {
    const { limiter, clock, redis } = scene({ fallbackLimit: 6 });
    await limiter.acquire(4);
    await clock.advance(500);
    redis.failure = new Error("gone");
    expect(await limiter.acquire(2)).toMatchObject({ allowed: true, limit: 6, remaining: 0 });
    expect(limiter.acquire(1)).toMatchObject({ allowed: false, retryAfterMs: 500 });
    await clock.advance(500);
    redis.failure = undefined;
    expect(await limiter.acquire(1)).toMatchObject({ source: "fallback" });
  });

  it("local: keeps a reserve and accepts refunds, also of permits from Redis", async () => {
    const { limiter, redis } = scene({ fallbackLimit: 4 });
    limiter.refund(4, await limiter.acquire(4));
    redis.failure = new Error("gone");
    await limiter.acquire(1);
    expect(limiter.acquire(2, { reserve: 2 })).toMatchObject({ allowed: false, remaining: 3 });
    const used = await limiter.acquire(2, { reserve: 1 });
    expect(used).toMatchObject({ allowed: true, remaining: 1 });
    limiter.refund(2, used);
    expect(limiter.acquire(3)).toMatchObject({ allowed: true });
  });

  it("local: a call that needs more than fallbackLimit may try Redis again", async () => {
    const { limiter, redis } = scene({ fallbackLimit: 4 });
    redis.failure = new Error("gone");
    await limiter.acquire(1);
    expect(limiter.acquire(5)).toMatchObject({ allowed: false, retryAfterMs: 1_000 });
    expect(limiter.acquire(11)).not.toHaveProperty("retryAfterMs");
  });

  it("open: allows every call", async () => {
    const { limiter, redis } = scene({ onUnavailable: "open" });
    redis.failure = new Error("gone");
    for (let call = 0; call < 30; call += 1) {
      const decision = await limiter.acquire(4);
      expect(decision).toMatchObject({ allowed: true, source: "fallback" });
      expect(decision).not.toHaveProperty("retryAfterMs");
    }
    expect(limiter.usage().used).toBe(10);
  });

  it("the default fallbackLimit is a tenth of the limit, but enough for a request", async () => {
    for (const [limit, share] of [
      [300, 30],
      [10, 4],
      [3, 3],
    ] as const) {
      const { limiter, redis } = scene({ limit });
      redis.failure = new Error("gone");
      expect(await limiter.acquire(1)).toMatchObject({ limit: share });
    }
  });
});
