import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { scene } from "./support/model-redis.ts";

describe("asks at once", () => {
  it("the first goes alone, the others together with the next trip, in the order of the calls", async () => {
    const { limiter, redis } = scene({ limit: 300 });
    const asks = Array.from({ length: 64 }, (_, index) => limiter.acquire((index % 3) + 1));
    const decisions = await Promise.all(asks);
    expect(redis.batches.map(({ acquires: { length } }) => length)).toEqual([1, 63]);
    expect(redis.batches[1]?.acquires.map(({ cost }) => cost)).toEqual(
      asks.slice(1).map((_, at) => ((at + 1) % 3) + 1),
    );
    const remaining = decisions.map((decision) => decision.remaining);
    expect(remaining).toEqual(remaining.toSorted((one, other) => other - one));
  });

  it("are whole or not at all, each for itself", async () => {
    const { limiter } = scene();
    const asks = [
      limiter.acquire(4),
      limiter.acquire(7),
      limiter.acquire(5),
      limiter.acquire(2),
      limiter.acquire(1),
    ];
    const decisions = await Promise.all(asks);
    expect(decisions.map(({ allowed }) => allowed)).toEqual([true, false, true, false, true]);
    expect(decisions.at(-1)?.remaining).toBe(0);
  });

  it("no more than 500 go with one trip", async () => {
    const { limiter, redis } = scene({ limit: 2_000 });
    await Promise.all(Array.from({ length: 1_100 }, () => limiter.acquire(1)));
    expect(redis.batches.map(({ acquires: { length } }) => length)).toEqual([1, 500, 500, 99]);
  });

  it("nobody overtakes who is in line, also where a permit came back", async () => {
    const { limiter, redis, clock } = scene({ leaseMs: 100 });
    const kept = await limiter.acquire(1);
    redis.backMs = 5;
    const asks = [limiter.acquire(3), limiter.acquire(4)];
    limiter.refund(1, kept);
    const last = limiter.acquire(1);
    expect(last).toBeInstanceOf(Promise);
    await clock.advance(10);
    expect((await Promise.all([...asks, last])).map(({ remaining }) => remaining)).toEqual([6, 3, 2]);
  });

  it("are answered from a lease that came meanwhile", async () => {
    const { limiter, redis } = scene({ lease: 5 });
    await Promise.all([1, 1, 1, 1, 1].map((cost) => limiter.acquire(cost)));
    expect(redis.batches).toHaveLength(1);
  });
});

describe("after a refusal", () => {
  it("who needs as much is refused without a trip, until the wait is over", async () => {
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

  it("is asked again as early as it may be free, and told as late as it surely is", async () => {
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

  it("the wait is not what it was once permits were taken", async () => {
    const { limiter, clock } = scene();
    await limiter.acquire(7);
    await clock.advance(100);
    await limiter.acquire(2);
    expect(await limiter.acquire(8)).toMatchObject({ allowed: false, retryAfterMs: 900 });
    await limiter.acquire(1);
    expect(await limiter.acquire(8)).toMatchObject({ allowed: false, retryAfterMs: 1_000 });
  });

  it("a refund opens it again", async () => {
    const { limiter } = scene({ leaseMs: 100 });
    const all = await limiter.acquire(10);
    await limiter.acquire(2);
    expect(limiter.acquire(2)).not.toBeInstanceOf(Promise);
    limiter.refund(1, all);
    expect(limiter.acquire(2)).toBeInstanceOf(Promise);
  });
});

describe("a signal", () => {
  it("ends the wait with its reason, and leaves no listener", async () => {
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

  it("that is aborted already takes nothing", async () => {
    const { limiter, redis } = scene({ lease: 5 });
    await limiter.acquire(1);
    await expect(limiter.acquire(1, { signal: AbortSignal.abort("no") })).rejects.toBe("no");
    expect(limiter.getStats()).toMatchObject({ leasedCount: 0 });
    expect(redis.batches).toHaveLength(1);
  });

  it("of somebody in line lets the others pass", async () => {
    const { limiter } = scene();
    const controller = new AbortController();
    void limiter.acquire(1);
    const left = limiter.acquire(9, { signal: controller.signal });
    const next = limiter.acquire(9);
    controller.abort("no");
    await expect(left).rejects.toBe("no");
    expect(await next).toMatchObject({ allowed: true });
  });

  it("without a lease gives back to Redis what came for it", async () => {
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

describe("usage and reset", () => {
  it("usage counts what others used too, as far as the last answer tells", async () => {
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

  it("reset forgets what is kept here: lease, refusals, debt, usage", async () => {
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

  it("what a trip brings that was under way at a reset is not kept", async () => {
    const { limiter, clock, redis } = scene({ lease: 8, leaseMs: 100 });
    redis.backMs = 5;
    const asked = limiter.acquire(1);
    const reset = limiter.reset();
    await clock.advance(5);
    await reset;
    expect(await asked).toMatchObject({ allowed: true });
    expect(limiter.acquire(1)).toBeInstanceOf(Promise);
    await clock.advance(5);
    expect(redis.permits.size).toBe(8);
  });

  it("what was used without Redis before a reset is not told to it", async () => {
    const { limiter, clock, redis } = scene({ retryMs: 100 });
    redis.failure = new Error("gone");
    await limiter.acquire(3);
    redis.failure = undefined;
    await limiter.reset();
    await clock.advance(100);
    expect(await limiter.acquire(1)).toMatchObject({ remaining: 9, source: "remote" });
  });

  it("an answer of before a reset says nothing of what is used and refused after it", async () => {
    const { limiter, another, clock, redis } = scene();
    await another().acquire(9);
    redis.backMs = 5;
    const asked = limiter.acquire(2);
    const reset = limiter.reset();
    await clock.advance(5);
    await Promise.all([asked, reset]);
    expect(limiter.usage().used).toBe(0);
    const again = limiter.acquire(2);
    await clock.advance(5);
    expect(await again).toMatchObject({ allowed: true, remaining: 8 });
  });

  it("reset rejects where Redis does not answer, and has forgotten what is here all the same", async () => {
    const { limiter, clock, redis } = scene();
    await limiter.acquire(10);
    redis.hang();
    const late = limiter.reset();
    const told = expect(late).rejects.toThrow("50 ms");
    await clock.advance(50);
    await told;
    redis.failure = new Error("gone");
    await expect(limiter.reset()).rejects.toMatchObject({ cause: redis.failure });
    expect(limiter.usage().used).toBe(0);
    expect(clock.timers).toBe(0);
  });
});

it("no timer is left when nobody waits, and a refund's keeps no process alive", async () => {
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
