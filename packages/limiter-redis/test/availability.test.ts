import { describe, expect, it } from "vitest";
import { scene } from "./support/model-redis.ts";

describe("while Redis does not answer", () => {
  it("pending calls are decided after commandTimeoutMs, and new calls immediately until retryMs later", async () => {
    const { limiter, clock, redis } = scene({ fallbackLimit: 4 });
    redis.hang();
    const pending = [limiter.acquire(1), limiter.acquire(1), limiter.acquire(3)];
    await clock.advance(49.9);
    expect(limiter.getStats().available).toBe(true);
    await clock.advance(0.1);
    expect(await Promise.all(pending)).toMatchObject([
      { allowed: true, source: "fallback", limit: 4, remaining: 3 },
      { allowed: true, source: "fallback", remaining: 2 },
      { allowed: false, source: "fallback", remaining: 2, retryAfterMs: 1_000 },
    ]);
    expect(limiter.acquire(2)).toMatchObject({ allowed: true, source: "fallback", remaining: 0 });
    expect(limiter.getStats()).toMatchObject({
      available: false,
      unavailableCount: 1,
      fallbackCount: 4,
      refusedCount: 1,
      lastError: expect.any(Error),
    });
    expect(clock.timers).toBe(0);
  });

  it("one call tries Redis again after retryMs; the others do not wait for it", async () => {
    const { limiter, clock, redis } = scene({ onUnavailable: "open" });
    redis.failure = new Error("connection refused");
    await limiter.acquire(1);
    await clock.advance(999);
    expect(limiter.acquire(1)).toMatchObject({ source: "fallback" });
    await clock.advance(1);
    redis.failure = undefined;
    redis.backMs = 10;
    const probe = limiter.acquire(1);
    expect(probe).toBeInstanceOf(Promise);
    expect(limiter.acquire(1)).toMatchObject({ source: "fallback" });
    await clock.advance(10);
    expect(await probe).toMatchObject({ source: "remote" });
    expect(limiter.acquire(1)).toBeInstanceOf(Promise);
    expect(limiter.getStats()).toMatchObject({ available: true, unavailableCount: 1 });
  });

  it("a failed retry is decided without Redis, and the next one comes retryMs later", async () => {
    const { limiter, clock, redis } = scene({ onUnavailable: "closed" });
    redis.failure = new Error("connection refused");
    expect(await limiter.acquire(1)).toMatchObject({
      allowed: false,
      source: "fallback",
      retryAfterMs: 1_000,
    });
    await clock.advance(300);
    expect(limiter.acquire(1)).toMatchObject({ allowed: false, retryAfterMs: 700 });
    await clock.advance(700);
    expect(await limiter.acquire(1)).toMatchObject({ allowed: false, retryAfterMs: 1_000 });
    expect(limiter.acquire(1)).toMatchObject({ allowed: false, retryAfterMs: 1_000 });
    expect(limiter.getStats()).toMatchObject({ batchesCount: 2, unavailableCount: 1 });
  });

  it("no second command joins one that hangs in the client's queue until ten times retryMs have passed", async () => {
    const { limiter, clock, redis } = scene({ onUnavailable: "closed" });
    redis.hang();
    void limiter.acquire(1);
    for (let second = 0; second < 9; second += 1) {
      await clock.advance(1_000);
      const decision = limiter.acquire(1);
      expect(decision).toMatchObject({ source: "fallback" });
      expect(decision).toHaveProperty("retryAfterMs", second === 0 ? 50 : 1_000);
    }
    expect(limiter.getStats().batchesCount).toBe(1);
    await clock.advance(1_000);
    expect(limiter.acquire(1)).toBeInstanceOf(Promise);
    await clock.advance(50);
    expect(limiter.getStats().batchesCount).toBe(2);
  });

  it("permits that a hung command takes in the end are returned at once", async () => {
    const { limiter, clock, redis } = scene({ lease: 3, retryMs: 100 });
    redis.hang();
    const hung = limiter.acquire(1);
    await clock.advance(50);
    expect(await hung).toMatchObject({ source: "fallback" });
    const send = redis.evalSha.bind(redis);
    redis.evalSha = () => Promise.resolve([0, 1, 1_000_000, 0, 9]);
    await clock.advance(1_000);
    expect(await limiter.acquire(1)).toMatchObject({ source: "remote" });
    redis.evalSha = send;
    redis.resume();
    await clock.advance(0);
    expect(redis.batches.map(({ acquires, returned }) => [acquires.length, returned.length])).toEqual([
      [1, 0],
      [0, 3],
    ]);
    expect(redis.permits.size).toBe(0);
  });

  it("a reply after the timeout is not used: its permits are returned with the next batch", async () => {
    const { limiter, clock, redis } = scene({ lease: 3, onUnavailable: "closed" });
    redis.hang();
    const pending = limiter.acquire(2);
    await clock.advance(60);
    redis.resume();
    await clock.advance(0);
    expect(await pending).toMatchObject({ allowed: false });
    expect(redis.permits.size).toBe(4);
    await clock.advance(990);
    expect(await limiter.acquire(1)).toMatchObject({ source: "remote" });
    expect(redis.batches[1]?.returned).toHaveLength(4);
    expect(redis.permits.size).toBe(3);
  });

  it("a process that was frozen reads a waiting reply before it gives up", async () => {
    const { limiter, clock, redis } = scene();
    redis.hang();
    const pending = limiter.acquire(1);
    clock.freeze(500);
    await clock.advance(0);
    redis.resume();
    await clock.advance(1);
    expect(await pending).toMatchObject({ source: "remote" });
    redis.hang();
    const lost = limiter.acquire(1);
    clock.freeze(500);
    await clock.advance(1);
    expect(await lost).toMatchObject({ source: "fallback" });
  });

  it("permits of a batch whose reply was lost are returned with the next batch", async () => {
    const { limiter, clock, redis } = scene({ lease: 3, windowMs: 5_000, fallbackLimit: 1 });
    const send = redis.evalSha.bind(redis);
    redis.evalSha = async (...command) => {
      await send(...command);
      throw new Error("the connection was lost");
    };
    expect(await limiter.acquire(2)).toMatchObject({ allowed: false, source: "fallback" });
    expect(redis.permits.size).toBe(4);
    redis.evalSha = send;
    await clock.advance(1_000);
    expect(await limiter.acquire(10)).toMatchObject({ allowed: true, source: "remote" });
  });

  it("an invalid reply counts as a failure", async () => {
    for (const nonsense of [undefined, "OK", [], [0, 1], [0, 1, 1000, Number.NaN, 3]]) {
      const { limiter, redis } = scene();
      redis.evalSha = () => Promise.resolve(nonsense);
      expect(await limiter.acquire(1)).toMatchObject({ source: "fallback" });
      expect(limiter.getStats()).toMatchObject({ available: false, lastError: expect.any(TypeError) });
    }
  });

  it("a client that throws synchronously counts as a failure", async () => {
    const { limiter, redis } = scene();
    redis.evalSha = () => {
      throw new Error("closed");
    };
    expect(await limiter.acquire(1)).toMatchObject({ source: "fallback" });
  });
});

describe("for a long window", () => {
  const long = { limit: 300, windowMs: 300_000 };

  it("retryAfterMs of a refusal without Redis ends at the next try, when Redis may be back", async () => {
    const { limiter, clock, redis } = scene(long);
    for (let n = 0; n < 40; n += 1) await limiter.acquire(1);
    redis.failure = new Error("gone for a moment");
    const refused = await limiter.acquire(1);
    expect(refused).toMatchObject({ allowed: false, source: "fallback", retryAfterMs: 1_000 });
    redis.failure = undefined;
    await clock.advance(1_000);
    expect(await limiter.acquire(1)).toMatchObject({ allowed: true, source: "remote" });
  });

  it("a refusal by Redis is cached for retryMs only, as another process may reset the limit", async () => {
    const { limiter, another, clock } = scene({ ...long, limit: 5 });
    await limiter.acquire(5);
    expect(await limiter.acquire(1)).toMatchObject({ allowed: false, retryAfterMs: 300_000 });
    await another().reset();
    await clock.advance(1_000);
    expect(await limiter.acquire(1)).toMatchObject({ allowed: true });
  });
});
