import { createWebSocketManager } from "@outsock/core";
import { createMemoryNetwork } from "@outsock/transport-memory";
import { describe, expect, it } from "vitest";
import { scene } from "./support/model-redis.ts";

const url = "wss://api.example.com";

it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("a cost of %d is a TypeError at once", (cost) => {
  expect(() => scene().limiter.acquire(cost)).toThrow(TypeError);
});

it.each([-1, 0.5, Number.NaN])("a reserve of %d is a TypeError at once", (reserve) => {
  expect(() => scene().limiter.acquire(1, { reserve })).toThrow(TypeError);
});

it("uses its own clock, not the manager's time", async () => {
  const { limiter } = scene();
  await limiter.acquire(10, { now: 0 });
  expect(await limiter.acquire(1, { now: 900_000 })).toMatchObject({ allowed: false });
});

it("a refund without a lease returns to Redis at once, together with calls of the same turn", async () => {
  const { limiter, redis, clock } = scene();
  limiter.refund(4, await limiter.acquire(4));
  await clock.advance(0);
  expect(redis.permits.size).toBe(0);
  limiter.refund(10, await limiter.acquire(10));
  expect(await limiter.acquire(10)).toMatchObject({ allowed: true });
  expect(redis.batches.map(({ acquires }) => acquires.length)).toEqual([1, 0, 1, 1]);
});

it("a refund of another limiter's decision has no effect", async () => {
  const { limiter, another, redis, clock } = scene();
  const decision = await limiter.acquire(4);
  another().refund(4, decision);
  another().refund(4, { allowed: true, limit: 1, remaining: 1, resetAfterMs: 0, source: "local", grant: 7 });
  await clock.advance(0);
  expect(redis.permits.size).toBe(4);
});

describe("usage and reset", () => {
  it("usage includes other processes, as of the last reply", async () => {
    const { limiter, another, clock } = scene();
    expect(limiter.usage()).toEqual({ used: 0, limit: 10, windowMs: 1_000 });
    await another().acquire(4);
    await limiter.acquire(2);
    expect(limiter.usage().used).toBe(6);
    await clock.advance(500);
    expect(limiter.usage().used).toBe(3);
    await clock.advance(250);
    expect(limiter.usage().used).toBe(2);
    await clock.advance(250);
    expect(limiter.usage().used).toBe(0);
  });

  it("reset clears the local state: lease, refusals, unreported usage, usage", async () => {
    const { limiter, clock, redis } = scene({ lease: 3 });
    const kept = await limiter.acquire(7);
    await limiter.reset();
    expect(redis.resetsCount).toBe(1);
    expect(limiter.usage().used).toBe(0);
    limiter.refund(7, kept);
    expect(limiter.acquire(1)).toBeInstanceOf(Promise);
    await clock.advance(0);
    await limiter.reset();
    expect(await limiter.acquire(10)).toMatchObject({ allowed: true });
    await limiter.acquire(1);
    await limiter.reset();
    expect(await limiter.acquire(1)).toMatchObject({ allowed: true });
    expect(clock.timers).toBe(0);
  });

  it("permits of a batch in flight at a reset are not kept", async () => {
    const { limiter, clock, redis } = scene({ lease: 8, leaseMs: 100 });
    redis.backMs = 5;
    const pending = limiter.acquire(1);
    const reset = limiter.reset();
    await clock.advance(5);
    await reset;
    expect(await pending).toMatchObject({ allowed: true });
    expect(limiter.acquire(1)).toBeInstanceOf(Promise);
    await clock.advance(5);
    expect(redis.permits.size).toBe(8);
  });

  it("usage without Redis before a reset is not reported", async () => {
    const { limiter, clock, redis } = scene({ retryMs: 100 });
    redis.failure = new Error("gone");
    await limiter.acquire(3);
    redis.failure = undefined;
    await limiter.reset();
    await clock.advance(100);
    expect(await limiter.acquire(1)).toMatchObject({ remaining: 9, source: "remote" });
  });

  it("a reply from before a reset does not change usage or refusals after it", async () => {
    const { limiter, another, clock, redis } = scene();
    await another().acquire(9);
    redis.backMs = 5;
    const pending = limiter.acquire(2);
    const reset = limiter.reset();
    await clock.advance(5);
    await Promise.all([pending, reset]);
    expect(limiter.usage().used).toBe(0);
    const again = limiter.acquire(2);
    await clock.advance(5);
    expect(await again).toMatchObject({ allowed: true, remaining: 8 });
  });

  it("reset rejects if Redis does not answer, but clears the local state", async () => {
    const { limiter, clock, redis } = scene();
    await limiter.acquire(10);
    redis.hang();
    const late = limiter.reset();
    const rejection = expect(late).rejects.toThrow("50 ms");
    await clock.advance(50);
    await rejection;
    redis.failure = new Error("gone");
    await expect(limiter.reset()).rejects.toMatchObject({ cause: redis.failure });
    expect(limiter.usage().used).toBe(0);
    expect(clock.timers).toBe(0);
  });
});

it("managers of several processes share the limit, and wait for each other's permits", async () => {
  const network = createMemoryNetwork();
  network.listen(url, (peer) => peer.onMessage((message) => peer.send(message)));
  const { clock, limiter, another } = scene({ limit: 8 });
  const [one, other] = [limiter, another()].map((rateLimiter) =>
    createWebSocketManager({ transport: network.transport(), rateLimiter, clock, onLimit: { wait: 2_000 } }),
  );
  expect((await one?.request(url, 1))?.success).toBe(true);
  expect((await other?.request(url, 2))?.success).toBe(true);
  const waits = [one?.request(url, 3), other?.request(url, 4)];
  let done = 0;
  for (const wait of waits) void wait?.then(() => (done += 1));
  await clock.advance(999);
  expect(done).toBe(0);
  await clock.advance(1);
  expect((await Promise.all(waits)).map((result) => result?.success)).toEqual([true, true]);
});

it("a reset that does not reach Redis is a failure", async () => {
  const { clock, redis, limiter } = scene();
  const manager = createWebSocketManager({
    transport: createMemoryNetwork().transport(),
    rateLimiter: limiter,
    clock,
  });
  redis.failure = new Error("gone");
  await limiter.acquire(1);
  expect(await manager.reset()).toBe(false);
});
