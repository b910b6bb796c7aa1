import { describe, expect, it } from "vitest";
import { scene } from "./support/model-redis.ts";

describe("when Redis is available again", () => {
  it("the first batch reports usage with its age, and it counts like permits from Redis", async () => {
    const { limiter, clock, redis } = scene({ fallbackLimit: 5, retryMs: 400 });
    redis.failure = new Error("gone");
    await limiter.acquire(2);
    await clock.advance(100);
    void limiter.acquire(3);
    redis.failure = undefined;
    await clock.advance(300);
    expect(await limiter.acquire(6)).toMatchObject({ allowed: false, remaining: 5, retryAfterMs: 600 });
    expect(redis.batches[0]?.unreported.map(({ ageMs, count }) => [ageMs, count])).toEqual([
      [300, 3],
      [400, 2],
    ]);
    await limiter.acquire(5);
    expect(redis.batches[1]?.unreported).toEqual([]);
  });

  it("usage at about the same time is one entry with the time of the last permit", async () => {
    const { limiter, clock, redis } = scene({ limit: 100, fallbackLimit: 50, retryMs: 100 });
    redis.failure = new Error("gone");
    await limiter.acquire(1);
    for (let step = 0; step < 9; step += 1) {
      await clock.advance(10);
      void limiter.acquire(1);
    }
    redis.failure = undefined;
    await clock.advance(10);
    await limiter.acquire(1);
    expect(redis.batches[0]?.unreported.map(({ ageMs, count }) => [ageMs, count])).toEqual(
      [10, 30, 50, 70, 90].map((ageMs) => [ageMs, 2]),
    );
  });

  it("usage during the first batch is reported right after it", async () => {
    const { limiter, clock, redis } = scene({ retryMs: 5, fallbackLimit: 10 });
    redis.failure = new Error("gone");
    await limiter.acquire(1);
    redis.failure = undefined;
    redis.backMs = 5;
    await clock.advance(5);
    const probe = limiter.acquire(1);
    void limiter.acquire(2);
    await clock.advance(5);
    await probe;
    await clock.advance(5);
    expect(redis.batches.map(({ unreported }) => unreported.map(({ count }) => count))).toEqual([[1], [2]]);
  });

  it("usage older than a window and refunded usage are not reported", async () => {
    const { limiter, clock, redis } = scene({ fallbackLimit: 10 });
    redis.failure = new Error("gone");
    await limiter.acquire(2);
    await clock.advance(500);
    const refunded = await limiter.acquire(3);
    await clock.advance(100);
    void limiter.acquire(1);
    limiter.refund(3, refunded);
    redis.failure = undefined;
    await clock.advance(400);
    await limiter.acquire(1);
    expect(redis.batches[0]?.unreported.map(({ count }) => count)).toEqual([1]);
  });

  it("usage in a batch without a reply is reported again under the same names", async () => {
    const { limiter, clock, redis } = scene({ fallbackLimit: 10, windowMs: 5_000 });
    redis.failure = new Error("gone");
    await limiter.acquire(4);
    redis.failure = undefined;
    redis.backMs = 60;
    await clock.advance(1_000);
    void limiter.acquire(1);
    await clock.advance(1_050);
    redis.backMs = 0;
    await limiter.acquire(1);
    expect(redis.batches.map(({ unreported }) => unreported.map(({ count }) => count))).toEqual([[4], [1]]);
    expect([...redis.permits.keys()].filter((name) => name.includes(":d"))).toHaveLength(5);
  });

  it("at most limit permits are reported, however many were used", async () => {
    const { limiter, clock, redis } = scene({ onUnavailable: "open", retryMs: 500 });
    redis.failure = new Error("gone");
    await limiter.acquire(1);
    for (let step = 0; step < 100; step += 1) {
      await clock.advance(5);
      if (step < 99) void limiter.acquire(3);
    }
    redis.failure = undefined;
    expect(await limiter.acquire(1)).toMatchObject({ allowed: false });
    expect(redis.batches[0]?.unreported.length).toBeLessThan(5);
  });
});
