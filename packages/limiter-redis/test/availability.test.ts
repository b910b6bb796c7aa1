import { describe, expect, it } from "vitest";
import { scene } from "./support/model-redis.ts";

describe("while Redis does not answer", () => {
  it("who asked is decided after commandTimeoutMs, and everybody else at once until retryMs later", async () => {
    const { limiter, clock, redis } = scene({ fallbackLimit: 4 });
    redis.hang();
    const asks = [limiter.acquire(1), limiter.acquire(1), limiter.acquire(3)];
    await clock.advance(49.9);
    expect(limiter.getStats().available).toBe(true);
    await clock.advance(0.1);
    expect(await Promise.all(asks)).toMatchObject([
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

  it("one asks again after retryMs; the others do not wait for it", async () => {
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

  it("a probe that fails is decided without it, and the next is retryMs later", async () => {
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

  it("no second command joins one that hangs in the client's queue, but for a long time", async () => {
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

  it("what such a command takes when it comes through after all goes back at once", async () => {
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

  it("an answer after the timeout is not used: what it gave goes back with the next trip", async () => {
    const { limiter, clock, redis } = scene({ lease: 3, onUnavailable: "closed" });
    redis.hang();
    const asked = limiter.acquire(2);
    await clock.advance(60);
    redis.resume();
    await clock.advance(0);
    expect(await asked).toMatchObject({ allowed: false });
    expect(redis.permits.size).toBe(4);
    await clock.advance(990);
    expect(await limiter.acquire(1)).toMatchObject({ source: "remote" });
    expect(redis.batches[1]?.returned).toHaveLength(4);
    expect(redis.permits.size).toBe(3);
  });

  it("a process that was frozen reads first what came meanwhile", async () => {
    const { limiter, clock, redis } = scene();
    redis.hang();
    const asked = limiter.acquire(1);
    clock.freeze(500);
    await clock.advance(0);
    redis.resume();
    await clock.advance(1);
    expect(await asked).toMatchObject({ source: "remote" });
    redis.hang();
    const lost = limiter.acquire(1);
    clock.freeze(500);
    await clock.advance(1);
    expect(await lost).toMatchObject({ source: "fallback" });
  });

  it("what a trip took whose answer was lost goes back with the next", async () => {
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

  it("an answer that is no decision counts as none", async () => {
    for (const nonsense of [undefined, "OK", [], [0, 1], [0, 1, 1000, Number.NaN, 3]]) {
      const { limiter, redis } = scene();
      redis.evalSha = () => Promise.resolve(nonsense);
      expect(await limiter.acquire(1)).toMatchObject({ source: "fallback" });
      expect(limiter.getStats()).toMatchObject({ available: false, lastError: expect.any(TypeError) });
    }
  });

  it("a client that throws at once is one that fails", async () => {
    const { limiter, redis } = scene();
    redis.evalSha = () => {
      throw new Error("closed");
    };
    expect(await limiter.acquire(1)).toMatchObject({ source: "fallback" });
  });
});

describe("onUnavailable", () => {
  it("local: what Redis gave in the last window counts against what this process may use alone", async () => {
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

  it("local: leaves a reserve, and takes refunds, of what Redis gave too", async () => {
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

  it("local: who needs more than it has may try Redis again", async () => {
    const { limiter, redis } = scene({ fallbackLimit: 4 });
    redis.failure = new Error("gone");
    await limiter.acquire(1);
    expect(limiter.acquire(5)).toMatchObject({ allowed: false, retryAfterMs: 1_000 });
    expect(limiter.acquire(11)).not.toHaveProperty("retryAfterMs");
  });

  it("open: admits everything", async () => {
    const { limiter, redis } = scene({ onUnavailable: "open" });
    redis.failure = new Error("gone");
    for (let call = 0; call < 30; call += 1) {
      const decision = await limiter.acquire(4);
      expect(decision).toMatchObject({ allowed: true, source: "fallback" });
      expect(decision).not.toHaveProperty("retryAfterMs");
    }
    expect(limiter.usage().used).toBe(10);
  });

  it("has a tenth of the limit by default, and as much as a request needs", async () => {
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

describe("when Redis is back", () => {
  it("the first trip tells what was used without it, with its age, and it counts as if Redis had given it", async () => {
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

  it("tells what was used at about one moment as used at the end of it, and no longer times so", async () => {
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

  it("tells at once what was used while the first trip was under way", async () => {
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

  it("does not tell what is older than a window, nor what was taken back", async () => {
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

  it("tells again what a lost trip may have told, by the same names", async () => {
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

  it("tells no more than the limit, however much was let through", async () => {
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

describe("for a long window", () => {
  const long = { limit: 300, windowMs: 300_000 };

  it("a refusal without Redis ends with the next try, as Redis may be back then", async () => {
    const { limiter, clock, redis } = scene(long);
    for (let n = 0; n < 40; n += 1) await limiter.acquire(1);
    redis.failure = new Error("gone for a moment");
    const refused = await limiter.acquire(1);
    expect(refused).toMatchObject({ allowed: false, source: "fallback", retryAfterMs: 1_000 });
    redis.failure = undefined;
    await clock.advance(1_000);
    expect(await limiter.acquire(1)).toMatchObject({ allowed: true, source: "remote" });
  });

  it("a refusal of Redis is remembered for retryMs only, as another process may reset the limit", async () => {
    const { limiter, another, clock } = scene({ ...long, limit: 5 });
    await limiter.acquire(5);
    expect(await limiter.acquire(1)).toMatchObject({ allowed: false, retryAfterMs: 300_000 });
    await another().reset();
    await clock.advance(1_000);
    expect(await limiter.acquire(1)).toMatchObject({ allowed: true });
  });
});
