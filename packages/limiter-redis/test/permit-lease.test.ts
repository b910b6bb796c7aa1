import type { RateDecision } from "@outsock/core";
import { describe, expect, it } from "vitest";
import type { RedisLimiter } from "../src/index.ts";
import { scene } from "./support/model-redis.ts";

/** What is decided without a trip is not promised. */
function atOnce(limiter: RedisLimiter, cost = 1, reserve = 0): RateDecision {
  const decision = limiter.acquire(cost, { reserve });
  if (decision instanceof Promise) throw new Error("it took a trip");
  return decision;
}

describe("a lease", () => {
  it("is given at once, without a promise, as permits of Redis", async () => {
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

  it("takes what is free, where that is less", async () => {
    const { limiter, redis } = scene({ lease: 8 });
    await limiter.acquire(7);
    expect(redis.permits.size).toBe(10);
    expect(atOnce(limiter, 3)).toMatchObject({ allowed: true, remaining: 0 });
  });

  it("takes nothing that a reserve keeps free, and nothing where somebody was refused", async () => {
    const { limiter, redis } = scene({ lease: 8 });
    await limiter.acquire(1, { reserve: 6 });
    expect(redis.permits.size).toBe(4);
    const { limiter: other, redis: its } = scene({ lease: 8 });
    void other.acquire(3);
    await Promise.all([other.acquire(4), other.acquire(5)]);
    expect(its.permits.size).toBe(7);
  });

  it("serves who leaves a reserve only as long as the reserve is in it", async () => {
    const { limiter } = scene({ lease: 5 });
    await limiter.acquire(1);
    expect(atOnce(limiter, 1, 3)).toMatchObject({ allowed: true });
    expect(limiter.acquire(1, { reserve: 3 })).toBeInstanceOf(Promise);
  });

  it("that came at two times ends at two", async () => {
    const { limiter, clock } = scene({ lease: 3, leaseMs: 100 });
    const first = await limiter.acquire(1);
    await clock.advance(50);
    await limiter.acquire(4);
    limiter.refund(1, first);
    await clock.advance(70);
    expect(limiter.acquire(1, { reserve: 2 })).toBeInstanceOf(Promise);
  });

  it("stays where only a refund goes to Redis", async () => {
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

  it("ends leaseMs after the trip was sent, not after its answer", async () => {
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

  it("gives back to Redis with the next trip what nobody used", async () => {
    const { limiter, clock, redis } = scene({ lease: 5, leaseMs: 30 });
    await limiter.acquire(1);
    atOnce(limiter);
    const names = [...redis.permits.keys()];
    expect(names).toHaveLength(5);
    await clock.advance(31);
    expect(await limiter.acquire(8)).toMatchObject({ allowed: true, remaining: 0 });
    expect(redis.batches[1]?.returned).toEqual(names.slice(2));
  });

  it("is not told of when Redis has forgotten it anyway", async () => {
    const { limiter, clock, redis } = scene({ lease: 5, leaseMs: 30 });
    await limiter.acquire(1);
    await clock.advance(1_031);
    await limiter.acquire(1);
    expect(redis.batches[1]?.returned).toEqual([]);
  });

  it("goes back although the first try to give it back failed", async () => {
    const { limiter, clock, redis } = scene({ lease: 3, windowMs: 5_000 });
    await limiter.acquire(1);
    redis.failure = new Error("gone");
    await limiter.acquire(4);
    redis.failure = undefined;
    await clock.advance(1_000);
    expect(await limiter.acquire(5)).toMatchObject({ allowed: true, remaining: 4, source: "remote" });
  });

  it("goes back too where it is too small for who asks", async () => {
    const { limiter, redis } = scene({ lease: 3 });
    await limiter.acquire(1);
    expect(await limiter.acquire(9)).toMatchObject({ allowed: true, remaining: 0 });
    expect(redis.batches[1]?.returned).toHaveLength(2);
    expect(limiter.getStats().expiredPermitsCount).toBe(0);
  });

  it("takes a refund in its time, and gives it again", async () => {
    const { limiter, clock, redis } = scene({ lease: 3, leaseMs: 30 });
    const first = await limiter.acquire(2);
    limiter.refund(2, first);
    limiter.refund(2, first);
    expect(atOnce(limiter, 4)).toMatchObject({ allowed: true });
    expect(limiter.acquire(1)).toBeInstanceOf(Promise);
    await clock.advance(0);
    expect(redis.permits.size).toBe(7);
  });

  it("is given while Redis is away, too", async () => {
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

describe("an answer later than leaseMs", () => {
  it("is not used: its permits go back, and the ask goes again, with time enough", async () => {
    const { limiter, clock, redis } = scene({ lease: 3, leaseMs: 10 });
    redis.backMs = 15;
    const asked = limiter.acquire(2);
    await clock.advance(15);
    expect(redis.batches.map(({ marginMs }) => marginMs)).toEqual([10, 50]);
    expect(redis.batches[1]?.returned).toHaveLength(4);
    await clock.advance(15);
    expect(await asked).toMatchObject({ allowed: true, remaining: 8, source: "remote" });
    expect(limiter.getStats()).toMatchObject({ expiredPermitsCount: 4, available: true, remoteCount: 1 });
  });

  it("goes before those who asked later", async () => {
    const { limiter, clock, redis } = scene({ leaseMs: 10 });
    redis.backMs = 15;
    void limiter.acquire(2);
    void limiter.acquire(3);
    await clock.advance(30);
    expect(redis.batches[1]?.acquires.map(({ cost }) => cost)).toEqual([2, 3]);
  });

  it("has the trips of the next retryMs expected to be slow, and no longer", async () => {
    const { limiter, clock, redis } = scene({ leaseMs: 10, retryMs: 400 });
    redis.backMs = 15;
    void limiter.acquire(1);
    await clock.advance(30);
    void limiter.acquire(1);
    await clock.advance(385);
    redis.backMs = 0;
    await limiter.acquire(1);
    expect(redis.batches.map(({ marginMs }) => marginMs)).toEqual([10, 50, 50, 10]);
  });

  it("is decided without Redis where it is late again", async () => {
    const { limiter, clock, redis } = scene({ leaseMs: 10, commandTimeoutMs: 50 });
    redis.backMs = 15;
    const asked = limiter.acquire(1);
    await clock.advance(15);
    redis.hang();
    clock.freeze(60);
    redis.resume();
    await clock.advance(50);
    expect(await asked).toMatchObject({ allowed: true, source: "fallback" });
  });

  it("does not matter where nothing was promised", async () => {
    const { limiter, clock, redis } = scene();
    redis.backMs = 49;
    const asked = limiter.acquire(1);
    await clock.advance(49);
    expect(await asked).toMatchObject({ allowed: true, source: "remote" });
    expect(redis.batches).toHaveLength(1);
  });
});

it("a refund without a lease goes back to Redis at once, with whoever asks in the same turn", async () => {
  const { limiter, redis, clock } = scene();
  limiter.refund(4, await limiter.acquire(4));
  await clock.advance(0);
  expect(redis.permits.size).toBe(0);
  limiter.refund(10, await limiter.acquire(10));
  expect(await limiter.acquire(10)).toMatchObject({ allowed: true });
  expect(redis.batches.map(({ acquires }) => acquires.length)).toEqual([1, 0, 1, 1]);
});

it("a refund of another limiter's decision does nothing", async () => {
  const { limiter, another, redis, clock } = scene();
  const decision = await limiter.acquire(4);
  another().refund(4, decision);
  another().refund(4, { allowed: true, limit: 1, remaining: 1, resetAfterMs: 0, source: "local", grant: 7 });
  await clock.advance(0);
  expect(redis.permits.size).toBe(4);
});
