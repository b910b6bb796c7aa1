import type { RateDecision } from "@outsock/core";
import { describe, expect, it } from "vitest";
import type { RedisLimiter } from "../src/index.ts";
import { scene } from "./support/model-redis.ts";

/** A decision without a batch is no promise. */
function atOnce(limiter: RedisLimiter, cost = 1, reserve = 0): RateDecision {
  const decision = limiter.acquire(cost, { reserve });
  if (decision instanceof Promise) throw new Error("it took a batch");
  return decision;
}

describe("a lease", () => {
  it("is given synchronously, as permits from Redis", async () => {
    const { limiter, redis, clock } = scene({ lease: 4 });
    expect(await limiter.acquire(1)).toMatchObject({ allowed: true, remaining: 9, source: "remote" });
    for (const remaining of [8, 7, 6]) {
      expect(atOnce(limiter)).toMatchObject({ allowed: true, limit: 10, remaining, source: "remote" });
    }
    expect(limiter.acquire(1)).toBeInstanceOf(Promise);
    await clock.advance(0);
    expect(redis.batches).toHaveLength(2);
    expect(limiter.getStats()).toMatchObject({ leasedCount: 3, batchesCount: 2 });
  });

  it("takes fewer permits if fewer are free", async () => {
    const { limiter, redis } = scene({ lease: 8 });
    await limiter.acquire(7);
    expect(redis.permits.size).toBe(10);
    expect(atOnce(limiter, 3)).toMatchObject({ allowed: true, remaining: 0 });
  });

  it("takes none that a reserve keeps, and none in a batch with a refusal", async () => {
    const { limiter, redis } = scene({ lease: 8 });
    await limiter.acquire(1, { reserve: 6 });
    expect(redis.permits.size).toBe(4);
    const { limiter: other, redis: its } = scene({ lease: 8 });
    void other.acquire(3);
    await Promise.all([other.acquire(4), other.acquire(5)]);
    expect(its.permits.size).toBe(7);
  });

  it("serves a call with a reserve only while the reserve remains in it", async () => {
    const { limiter } = scene({ lease: 5 });
    await limiter.acquire(1);
    expect(atOnce(limiter, 1, 3)).toMatchObject({ allowed: true });
    expect(limiter.acquire(1, { reserve: 3 })).toBeInstanceOf(Promise);
  });

  it("from two batches expires at two times", async () => {
    const { limiter, clock } = scene({ lease: 3, leaseMs: 100 });
    const first = await limiter.acquire(1);
    await clock.advance(50);
    await limiter.acquire(4);
    limiter.refund(1, first);
    await clock.advance(70);
    expect(limiter.acquire(1, { reserve: 2 })).toBeInstanceOf(Promise);
  });

  it("stays when only a refund is returned to Redis", async () => {
    const { limiter, clock, redis } = scene({ lease: 3, leaseMs: 100 });
    const first = await limiter.acquire(1);
    await clock.advance(50);
    await limiter.acquire(4);
    await clock.advance(70);
    limiter.refund(1, first);
    await clock.advance(0);
    expect(redis.batches[2]).toMatchObject({ acquires: [], returned: [expect.any(String)] });
    expect(atOnce(limiter, 2)).toMatchObject({ allowed: true });
  });

  it("expires leaseMs after the batch was sent, not after its reply", async () => {
    const { limiter, clock, redis } = scene({ lease: 4, leaseMs: 30 });
    redis.thereMs = 10;
    const first = limiter.acquire(1);
    await clock.advance(10);
    await first;
    await clock.advance(20);
    expect(atOnce(limiter)).toMatchObject({ allowed: true });
    await clock.advance(0.5);
    expect(limiter.acquire(1)).toBeInstanceOf(Promise);
    expect(limiter.getStats().expiredPermitsCount).toBe(2);
  });

  it("returns unused permits to Redis with the next batch", async () => {
    const { limiter, clock, redis } = scene({ lease: 5, leaseMs: 30 });
    await limiter.acquire(1);
    atOnce(limiter);
    const names = [...redis.permits.keys()];
    expect(names).toHaveLength(5);
    await clock.advance(31);
    expect(await limiter.acquire(8)).toMatchObject({ allowed: true, remaining: 0 });
    expect(redis.batches[1]?.returned).toEqual(names.slice(2));
  });

  it("is not returned once it has expired in Redis", async () => {
    const { limiter, clock, redis } = scene({ lease: 5, leaseMs: 30 });
    await limiter.acquire(1);
    await clock.advance(1_031);
    await limiter.acquire(1);
    expect(redis.batches[1]?.returned).toEqual([]);
  });

  it("is returned later if the first attempt failed", async () => {
    const { limiter, clock, redis } = scene({ lease: 3, windowMs: 5_000 });
    await limiter.acquire(1);
    redis.failure = new Error("gone");
    await limiter.acquire(4);
    redis.failure = undefined;
    await clock.advance(1_000);
    expect(await limiter.acquire(5)).toMatchObject({ allowed: true, remaining: 4, source: "remote" });
  });

  it("is returned if it is too small for the call", async () => {
    const { limiter, redis } = scene({ lease: 3 });
    await limiter.acquire(1);
    expect(await limiter.acquire(9)).toMatchObject({ allowed: true, remaining: 0 });
    expect(redis.batches[1]?.returned).toHaveLength(2);
    expect(limiter.getStats().expiredPermitsCount).toBe(0);
  });

  it("accepts a refund while it is valid, and gives those permits again", async () => {
    const { limiter, clock, redis } = scene({ lease: 3, leaseMs: 30 });
    const first = await limiter.acquire(2);
    limiter.refund(2, first);
    limiter.refund(2, first);
    expect(atOnce(limiter, 4)).toMatchObject({ allowed: true });
    expect(limiter.acquire(1)).toBeInstanceOf(Promise);
    await clock.advance(0);
    expect(redis.permits.size).toBe(7);
  });

  it("is given while Redis is unavailable, too", async () => {
    const { limiter, clock, redis } = scene({ lease: 2, leaseMs: 200, onUnavailable: "closed" });
    const used = await limiter.acquire(3);
    redis.hang();
    const hung = limiter.acquire(5);
    await clock.advance(50);
    expect(await hung).toMatchObject({ allowed: false, source: "fallback" });
    limiter.refund(3, used);
    expect(atOnce(limiter, 3)).toMatchObject({ allowed: true, source: "remote" });
    expect(atOnce(limiter)).toMatchObject({ allowed: false, source: "fallback" });
  });
});
