import { setTimeout as sleep } from "node:timers/promises";
import type { RateDecision } from "@outsock/core";
import { describe, expect, it } from "vitest";
import type { RedisLimiter } from "../../src/index.ts";
import { clients } from "../support/clients.ts";
import { isWithoutRedis, useRedis } from "../support/real-redis.ts";
import { mostInWindow } from "../support/windows.ts";

const commandTimeoutMs = 50;

interface TimedDecision {
  readonly atMs: number;
  readonly tookMs: number;
  readonly decision: RateDecision;
}

interface Load {
  stop(): Promise<readonly TimedDecision[]>;
  /** The longest time that this process could not run, as others use the machine too. */
  readonly stalledMs: number;
}

/** Calls every few milliseconds, whatever the results, until it is stopped; then waits for all decisions. */
function load(limiter: RedisLimiter): Load {
  const decisions: Promise<TimedDecision>[] = [];
  let lastMs = performance.now();
  let stalledMs = 0;
  const timer = setInterval(() => {
    stalledMs = Math.max(stalledMs, performance.now() - lastMs);
    lastMs = performance.now();
    for (let call = 0; call < 3; call += 1) {
      const atMs = performance.now();
      const decided = Promise.resolve(limiter.acquire(1));
      decisions.push(decided.then((decision) => ({ atMs, tookMs: performance.now() - atMs, decision })));
    }
  }, 4);
  return {
    get stalledMs() {
      return stalledMs;
    },
    stop() {
      clearInterval(timer);
      return Promise.all(decisions);
    },
  };
}

const slackMs = 20;

describe.skipIf(isWithoutRedis)("under load", { timeout: 30_000 }, () => {
  const real = useRedis();
  const options = { limit: 40, windowMs: 200, commandTimeoutMs, retryMs: 100, fallbackLimit: 10 };

  describe.each(clients)("over $name", ({ name }) => {
    it("Redis is killed and restarted: every call is decided in time, and by Redis again afterwards", async () => {
      const { limiter } = await real.limiter(options, name);
      const running = load(limiter);
      await sleep(60);
      await real.server.kill();
      await expect.poll(() => limiter.getStats().available, { interval: 5 }).toBe(false);
      await sleep(150);
      await real.server.restart();
      await expect.poll(() => limiter.getStats().available, { timeout: 5_000, interval: 5 }).toBe(true);
      await sleep(30);
      const decisions = await running.stop();
      expect(Math.max(...decisions.map(({ tookMs }) => tookMs))).toBeLessThan(
        2 * commandTimeoutMs + slackMs + 3 * running.stalledMs,
      );
      expect(new Set(decisions.map(({ decision }) => decision.source))).toEqual(
        new Set(["remote", "fallback"]),
      );
      expect(await limiter.acquire(1)).toMatchObject({ source: "remote" });
    });

    it("Redis hangs: pending calls are decided after commandTimeoutMs, new calls at once", async () => {
      const { limiter } = await real.limiter(options, name);
      const running = load(limiter);
      await sleep(60);
      real.server.pause();
      await expect.poll(() => limiter.getStats().available, { interval: 1 }).toBe(false);
      expect(limiter.acquire(1)).not.toBeInstanceOf(Promise);
      await sleep(150);
      real.server.resume();
      await expect.poll(() => limiter.getStats().available, { timeout: 5_000, interval: 5 }).toBe(true);
      const decisions = await running.stop();
      expect(Math.max(...decisions.map(({ tookMs }) => tookMs))).toBeLessThan(
        commandTimeoutMs + slackMs + 2 * running.stalledMs,
      );
    });

    it("a client that is not connected counts as a failure", async () => {
      const { limiter, close } = await real.limiter({ onUnavailable: "open" }, name);
      close();
      expect(await limiter.acquire(1)).toMatchObject({ allowed: true, source: "fallback" });
      await expect(limiter.reset()).rejects.toThrow("not reset");
    });
  });

  it("Redis loses its data: at most twice the limit in a window, and every call is decided by Redis", async () => {
    const { limiter, command } = await real.limiter({ ...options, limit: 20, commandTimeoutMs: 2_000 });
    const running = load(limiter);
    await sleep(150);
    await command("FLUSHALL");
    await sleep(150);
    const decisions = await running.stop();
    const given = decisions
      .filter(({ decision }) => decision.allowed)
      .map(({ atMs, tookMs }) => ({ cost: 1, sinceMs: atMs, untilMs: atMs + tookMs }));
    expect(mostInWindow(given, options.windowMs)).toBeLessThanOrEqual(40);
    expect(decisions.every(({ decision }) => decision.source === "remote")).toBe(true);
  });
});
