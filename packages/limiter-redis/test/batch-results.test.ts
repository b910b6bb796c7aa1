import { describe, expect, it } from "vitest";
import { scene } from "./support/model-redis.ts";

describe("a reply later than leaseMs", () => {
  it("is not used: its permits are returned, and the call is sent again with a longer margin", async () => {
    const { limiter, clock, redis } = scene({ lease: 3, leaseMs: 10 });
    redis.backMs = 15;
    const pending = limiter.acquire(2);
    await clock.advance(15);
    expect(redis.batches.map(({ marginMs }) => marginMs)).toEqual([10, 50]);
    expect(redis.batches[1]?.returned).toHaveLength(4);
    await clock.advance(15);
    expect(await pending).toMatchObject({ allowed: true, remaining: 8, source: "remote" });
    expect(limiter.getStats()).toMatchObject({ expiredPermitsCount: 4, available: true, remoteCount: 1 });
  });

  it("its calls are sent again ahead of later ones", async () => {
    const { limiter, clock, redis } = scene({ leaseMs: 10 });
    redis.backMs = 15;
    void limiter.acquire(2);
    void limiter.acquire(3);
    await clock.advance(30);
    expect(redis.batches[1]?.acquires.map(({ cost }) => cost)).toEqual([2, 3]);
  });

  it("gives batches the longer margin for retryMs, and no longer", async () => {
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

  it("its call is decided without Redis if the second reply is late too", async () => {
    const { limiter, clock, redis } = scene({ leaseMs: 10, commandTimeoutMs: 50 });
    redis.backMs = 15;
    const pending = limiter.acquire(1);
    await clock.advance(15);
    redis.hang();
    clock.freeze(60);
    redis.resume();
    await clock.advance(50);
    expect(await pending).toMatchObject({ allowed: true, source: "fallback" });
  });

  it("is used if there is no leaseMs", async () => {
    const { limiter, clock, redis } = scene();
    redis.backMs = 49;
    const pending = limiter.acquire(1);
    await clock.advance(49);
    expect(await pending).toMatchObject({ allowed: true, source: "remote" });
    expect(redis.batches).toHaveLength(1);
  });
});
