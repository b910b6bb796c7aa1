import { type ManualClock, manualClock } from "@outsock/core/testing";
import { describe, expect, it } from "vitest";
import { type RedisLimiterOptions, redisLimiter } from "../src/index.ts";
import type { RealLimiter } from "./support/real-redis.ts";
import { isWithoutRedis, useRedis } from "./support/real-redis.ts";
import { timedClient } from "./support/timed-client.ts";

/** The names and scores that Redis holds, the oldest first. */
async function permitsOf({ command, key }: RealLimiter): Promise<{ name: string; score: number }[]> {
  const words = await command("ZRANGE", key, "0", "-1", "WITHSCORES");
  const flat = Array.isArray(words) ? words.flat().map(String) : [];
  return flat.flatMap((name, index) => (index % 2 === 0 ? [{ name, score: Number(flat[index + 1]) }] : []));
}

/** The server's clock in microseconds. */
async function timeOf({ command }: RealLimiter): Promise<number> {
  const words = await command("TIME");
  const [seconds = 0, micros = 0] = Array.isArray(words) ? words.map(Number) : [];
  return seconds * 1_000_000 + micros;
}

describe.skipIf(isWithoutRedis)("the script", () => {
  const real = useRedis();

  /** A limiter whose Redis uses a clock of the test. */
  async function byHand(
    options: Partial<RedisLimiterOptions>,
  ): Promise<{ one: RealLimiter; clock: ManualClock }> {
    const clock = manualClock(1_700_000_000_000);
    const one = await real.limiter(options);
    const limiter = redisLimiter(timedClient(one, clock), { ...options, key: one.key, clock });
    return { one: { ...one, limiter }, clock };
  }

  it("stores a member for each permit, by the server's clock, to the microsecond", async () => {
    const one = await real.limiter({ limit: 100, windowMs: 60_000 });
    const before = await timeOf(one);
    await one.limiter.acquire(3);
    const after = await timeOf(one);
    const permits = await permitsOf(one);
    expect(new Set(permits.map(({ name }) => name)).size).toBe(3);
    for (const { score } of permits) {
      expect(score).toBeGreaterThanOrEqual(before);
      expect(score).toBeLessThanOrEqual(after);
      expect(Number.isSafeInteger(score)).toBe(true);
    }
  });

  it("counts a permit for leaseMs longer than the window", async () => {
    const one = await real.limiter({ limit: 100, windowMs: 60_000, leaseMs: 5_000, lease: 4 });
    const before = await timeOf(one);
    const { resetAfterMs } = await one.limiter.acquire(1);
    const permits = await permitsOf(one);
    expect(permits).toHaveLength(4);
    for (const { score } of permits) expect(score).toBeGreaterThanOrEqual(before + 5_000_000);
    expect(resetAfterMs).toBeCloseTo(65_000);
    expect(await one.command("PTTL", one.key)).toBeGreaterThan(64_000);
  });

  it("returns a wait that is long enough and no longer than necessary", async () => {
    const one = await real.limiter({ limit: 6, windowMs: 60_000 });
    for (const cost of [1, 2, 3]) await one.limiter.acquire(cost);
    const scores = (await permitsOf(one)).map(({ score }) => score);
    for (const [cost, reserve, index] of [
      [1, 0, 0],
      [2, 0, 1],
      [1, 2, 2],
      [6, 0, 5],
    ] as const) {
      const other = await real.limiter({ limit: 6, windowMs: 60_000, key: one.key });
      const before = await timeOf(one);
      const { retryAfterMs = 0, allowed } = await other.limiter.acquire(cost, { reserve });
      const after = await timeOf(one);
      expect(allowed).toBe(false);
      const freeAt = (scores[index] ?? 0) + 60_000_000;
      expect(retryAfterMs).toBeGreaterThanOrEqual((freeAt - after) / 1_000);
      expect(retryAfterMs).toBeLessThanOrEqual((freeAt - before) / 1_000);
    }
    expect(await one.limiter.acquire(7)).not.toHaveProperty("retryAfterMs");
  });

  it("returns a wait that includes permits given in the same batch", async () => {
    const { limiter } = await real.limiter({ limit: 5, windowMs: 60_000, leaseMs: 5_000 });
    const pending = [limiter.acquire(1), limiter.acquire(4), limiter.acquire(3)];
    const [, , refused] = await Promise.all(pending);
    expect(refused).toMatchObject({ allowed: false, remaining: 0 });
    expect(refused?.retryAfterMs).toBe(65_000);
  });

  it("frees a permit when it is exactly one window old, to the microsecond", async () => {
    const { one, clock } = await byHand({ limit: 1, windowMs: 200 });
    await one.limiter.acquire(1);
    await clock.advance(199.999);
    expect(await one.limiter.acquire(1)).toMatchObject({ allowed: false });
    await clock.advance(0.001);
    const { allowed, resetAfterMs } = await one.limiter.acquire(1);
    expect(allowed).toBe(true);
    expect(resetAfterMs).toBeCloseTo(200);
  });

  it("allows nothing more after its clock went back", async () => {
    const { one, clock } = await byHand({ limit: 3, windowMs: 200 });
    const ahead = (clock.now() + 150) * 1_000;
    await one.command("ZADD", one.key, String(ahead), "a", String(ahead), "b");
    expect(await one.limiter.acquire(1)).toMatchObject({ allowed: true, remaining: 0, resetAfterMs: 350 });
    expect(new Set((await permitsOf(one)).map(({ score }) => score))).toEqual(new Set([ahead]));
  });

  it.each([1.001, 18_000])(
    "counts permits from now after its clock was %d windows ahead",
    async (windows) => {
      const { one, clock } = await byHand({ limit: 3, windowMs: 200 });
      const ahead = String((clock.now() + windows * 200) * 1_000);
      await one.command("ZADD", one.key, ahead, "a", ahead, "b");
      await one.limiter.acquire(1);
      expect(await one.limiter.acquire(3)).toMatchObject({ allowed: false, remaining: 0, retryAfterMs: 200 });
      await clock.advance(200);
      expect(await one.limiter.acquire(3)).toMatchObject({ allowed: true });
    },
  );

  it("leases only free permits, none that a reserve keeps, and none in a batch with a refusal", async () => {
    const one = await real.limiter({ limit: 10, windowMs: 60_000, lease: 8, leaseMs: 20_000 });
    await one.limiter.acquire(1, { reserve: 6 });
    expect(await permitsOf(one)).toHaveLength(4);
    const other = await real.limiter({ limit: 10, windowMs: 60_000, lease: 8, leaseMs: 20_000 });
    await Promise.all([other.limiter.acquire(9), other.limiter.acquire(2)]);
    expect(await permitsOf(other)).toHaveLength(9);
  });

  it("takes back the unused permits of a lease, and no others", async () => {
    const one = await real.limiter({ limit: 10, windowMs: 60_000, lease: 5, leaseMs: 20_000 });
    await one.limiter.acquire(1);
    await one.limiter.acquire(1);
    const names = (await permitsOf(one)).map(({ name }) => name).sort();
    await one.limiter.acquire(8);
    const left = (await permitsOf(one)).map(({ name }) => name);
    expect(names.filter((name) => left.includes(name))).toEqual(names.slice(0, 2));
    expect(left).toHaveLength(10);
  });

  it("returns no wait for a cost above the limit, also in a batch with other calls", async () => {
    const { limiter } = await real.limiter({ limit: 5 });
    const [, , never] = await Promise.all([limiter.acquire(1), limiter.acquire(1), limiter.acquire(6)]);
    expect(never).toMatchObject({ allowed: false });
    expect(never).not.toHaveProperty("retryAfterMs");
  });

  it("takes refunded permits back by name, for all processes to use", async () => {
    const one = await real.limiter({ limit: 5, windowMs: 60_000 });
    const other = await real.limiter({ limit: 5, windowMs: 60_000, key: one.key });
    const kept = await one.limiter.acquire(2);
    const refunded = await one.limiter.acquire(3);
    const names = (await permitsOf(one)).map(({ name }) => name);
    one.limiter.refund(3, refunded);
    await expect.poll(() => permitsOf(one)).toHaveLength(2);
    expect(names).toEqual(expect.arrayContaining((await permitsOf(one)).map(({ name }) => name)));
    expect(await other.limiter.acquire(3)).toMatchObject({ allowed: true, remaining: 0 });
    expect(kept.allowed).toBe(true);
  });

  it("adds and removes more permits than fit in one call from Lua", async () => {
    const one = await real.limiter({ limit: 25_000, windowMs: 60_000 });
    const all = await one.limiter.acquire(25_000);
    expect(all).toMatchObject({ allowed: true, remaining: 0 });
    expect(await one.command("ZCARD", one.key)).toBe(25_000);
    one.limiter.refund(25_000, all);
    await expect.poll(() => one.command("ZCARD", one.key)).toBe(0);
  });

  it("counts the usage reported after an outage", async () => {
    const one = await real.limiter({
      limit: 10,
      windowMs: 60_000,
      commandTimeoutMs: 200,
      retryMs: 1,
      fallbackLimit: 10,
    });
    real.server.pause();
    const before = await one.limiter.acquire(4);
    real.server.resume();
    expect(before.source).toBe("fallback");
    await expect.poll(async () => (await one.limiter.acquire(1)).source).toBe("remote");
    const { fallbackCount } = one.limiter.getStats();
    const used = 4 + fallbackCount - 1 + 1;
    expect(await permitsOf(one)).toHaveLength(used);
    expect(await one.limiter.acquire(10 - used + 1)).toMatchObject({ allowed: false, remaining: 10 - used });
  });

  it("counts as unavailable for a key of another type, and reports why", async () => {
    const one = await real.limiter({});
    await one.command("SET", one.key, "text");
    expect(await one.limiter.acquire(1)).toMatchObject({ source: "fallback" });
    expect(String(one.limiter.getStats().lastError)).toContain("WRONGTYPE");
  });
});
