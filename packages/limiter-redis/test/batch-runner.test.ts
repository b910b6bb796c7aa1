import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { scene } from "./support/model-redis.ts";

describe("concurrent calls", () => {
  it("the first is sent alone, the others together in the next batch, in order", async () => {
    const { limiter, redis } = scene({ limit: 300 });
    const pending = Array.from({ length: 64 }, (_, index) => limiter.acquire((index % 3) + 1));
    const decisions = await Promise.all(pending);
    expect(redis.batches.map(({ acquires: { length } }) => length)).toEqual([1, 63]);
    expect(redis.batches[1]?.acquires.map(({ cost }) => cost)).toEqual(
      pending.slice(1).map((_, at) => ((at + 1) % 3) + 1),
    );
    const remaining = decisions.map((decision) => decision.remaining);
    expect(remaining).toEqual(remaining.toSorted((one, other) => other - one));
  });

  it("each gets its whole cost or nothing", async () => {
    const { limiter } = scene();
    const pending = [
      limiter.acquire(4),
      limiter.acquire(7),
      limiter.acquire(5),
      limiter.acquire(2),
      limiter.acquire(1),
    ];
    const decisions = await Promise.all(pending);
    expect(decisions.map(({ allowed }) => allowed)).toEqual([true, false, true, false, true]);
    expect(decisions.at(-1)?.remaining).toBe(0);
  });

  it("a batch has at most 500 calls", async () => {
    const { limiter, redis } = scene({ limit: 2_000 });
    await Promise.all(Array.from({ length: 1_100 }, () => limiter.acquire(1)));
    expect(redis.batches.map(({ acquires: { length } }) => length)).toEqual([1, 500, 500, 99]);
  });

  it("no call overtakes a queued one, even after a refund", async () => {
    const { limiter, redis, clock } = scene({ leaseMs: 100 });
    const kept = await limiter.acquire(1);
    redis.backMs = 5;
    const pending = [limiter.acquire(3), limiter.acquire(4)];
    limiter.refund(1, kept);
    const last = limiter.acquire(1);
    expect(last).toBeInstanceOf(Promise);
    await clock.advance(10);
    expect((await Promise.all([...pending, last])).map(({ remaining }) => remaining)).toEqual([6, 3, 2]);
  });

  it("queued calls are decided from a lease that arrived in the meantime", async () => {
    const { limiter, redis } = scene({ lease: 5 });
    await Promise.all([1, 1, 1, 1, 1].map((cost) => limiter.acquire(cost)));
    expect(redis.batches).toHaveLength(1);
  });
});

describe("an abort signal", () => {
  it("rejects with its reason and leaves no listener", async () => {
    const { limiter, clock, redis } = scene({ lease: 2, leaseMs: 100 });
    const { signal } = new AbortController();
    await limiter.acquire(2, { signal });
    redis.backMs = 20;
    const controller = new AbortController();
    const [first, second] = [
      limiter.acquire(3, { signal: controller.signal }),
      limiter.acquire(4, { signal: controller.signal }),
    ];
    controller.abort("enough");
    await expect(first).rejects.toBe("enough");
    await expect(second).rejects.toBe("enough");
    await clock.advance(20);
    for (const one of [signal, controller.signal]) expect(getEventListeners(one, "abort")).toHaveLength(0);
    expect(redis.batches).toHaveLength(2);
    expect(limiter.acquire(4), "the permits that came for it").toMatchObject({
      allowed: true,
      source: "remote",
    });
  });

  it("takes nothing if it is already aborted", async () => {
    const { limiter, redis } = scene({ lease: 5 });
    await limiter.acquire(1);
    await expect(limiter.acquire(1, { signal: AbortSignal.abort("no") })).rejects.toBe("no");
    expect(limiter.getStats()).toMatchObject({ leasedCount: 0 });
    expect(redis.batches).toHaveLength(1);
  });

  it("removes a queued call, and the next one proceeds", async () => {
    const { limiter } = scene();
    const controller = new AbortController();
    void limiter.acquire(1);
    const left = limiter.acquire(9, { signal: controller.signal });
    const next = limiter.acquire(9);
    controller.abort("no");
    await expect(left).rejects.toBe("no");
    expect(await next).toMatchObject({ allowed: true });
  });

  it("without a lease, returns the permits that arrive for it to Redis", async () => {
    const { limiter, clock, redis } = scene();
    const controller = new AbortController();
    redis.backMs = 5;
    const left = limiter.acquire(9, { signal: controller.signal });
    await clock.advance(1);
    controller.abort("no");
    await expect(left).rejects.toBe("no");
    expect(redis.permits.size).toBe(9);
    await clock.advance(10);
    expect(redis.permits.size).toBe(0);
  });
});

it("no timer is left when no call waits, and the timer of a refund is unreferenced", async () => {
  const { limiter, clock, redis } = scene();
  const decision = await limiter.acquire(1);
  expect(clock.timers).toBe(0);
  redis.hang();
  limiter.refund(1, decision);
  await clock.advance(0);
  expect([clock.timers, clock.referencedTimers]).toEqual([1, 0]);
  await clock.advance(50);
  expect(clock.timers).toBe(0);
});
