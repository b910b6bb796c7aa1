import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { RateDecision } from "@outsock/core";
import { describe, expect, it } from "vitest";
import type { RedisLimiter } from "../../src/index.ts";
import { clients } from "../support/clients.ts";
import { isWithoutRedis, useRedis } from "../support/real-redis.ts";
import { mostInWindow } from "../support/windows.ts";

const commandTimeoutMs = 50;

interface Told {
  readonly atMs: number;
  readonly tookMs: number;
  readonly decision: RateDecision;
}

interface Load {
  stop(): Promise<readonly Told[]>;
  /** The longest that this process could not run meanwhile: others use the machine too. */
  readonly stalledMs: number;
}

/** Asks every few milliseconds, whatever comes back, until told to stop; then waits for all answers. */
function load(limiter: RedisLimiter): Load {
  const told: Promise<Told>[] = [];
  let lastMs = performance.now();
  let stalledMs = 0;
  const timer = setInterval(() => {
    stalledMs = Math.max(stalledMs, performance.now() - lastMs);
    lastMs = performance.now();
    for (let call = 0; call < 3; call += 1) {
      const atMs = performance.now();
      const decided = Promise.resolve(limiter.acquire(1));
      told.push(decided.then((decision) => ({ atMs, tookMs: performance.now() - atMs, decision })));
    }
  }, 4);
  return {
    get stalledMs() {
      return stalledMs;
    },
    stop() {
      clearInterval(timer);
      return Promise.all(told);
    },
  };
}

const slackMs = 20;

describe.skipIf(isWithoutRedis)("under load", { timeout: 30_000 }, () => {
  const real = useRedis();
  const options = { limit: 40, windowMs: 200, commandTimeoutMs, retryMs: 100, fallbackLimit: 10 };

  describe.each(clients)("over $name", ({ name }) => {
    it("Redis is killed and comes back: everybody is answered in time, and then by Redis again", async () => {
      const { limiter } = await real.limiter(options, name);
      const running = load(limiter);
      await sleep(60);
      await real.server.kill();
      await expect.poll(() => limiter.getStats().available, { interval: 5 }).toBe(false);
      await sleep(150);
      await real.server.restart();
      await expect.poll(() => limiter.getStats().available, { timeout: 5_000, interval: 5 }).toBe(true);
      await sleep(30);
      const told = await running.stop();
      expect(Math.max(...told.map(({ tookMs }) => tookMs))).toBeLessThan(
        2 * commandTimeoutMs + slackMs + 3 * running.stalledMs,
      );
      expect(new Set(told.map(({ decision }) => decision.source))).toEqual(new Set(["remote", "fallback"]));
      expect(await limiter.acquire(1)).toMatchObject({ source: "remote" });
    });

    it("Redis hangs: those who wait are answered after commandTimeoutMs, the next at once", async () => {
      const { limiter } = await real.limiter(options, name);
      const running = load(limiter);
      await sleep(60);
      real.server.pause();
      await expect.poll(() => limiter.getStats().available, { interval: 1 }).toBe(false);
      expect(limiter.acquire(1)).not.toBeInstanceOf(Promise);
      await sleep(150);
      real.server.resume();
      await expect.poll(() => limiter.getStats().available, { timeout: 5_000, interval: 5 }).toBe(true);
      const told = await running.stop();
      expect(Math.max(...told.map(({ tookMs }) => tookMs))).toBeLessThan(
        commandTimeoutMs + slackMs + 2 * running.stalledMs,
      );
    });

    it("a client that never connected is one that fails", async () => {
      const { limiter, close } = await real.limiter({ onUnavailable: "open" }, name);
      close();
      expect(await limiter.acquire(1)).toMatchObject({ allowed: true, source: "fallback" });
      await expect(limiter.reset()).rejects.toThrow("not reset");
    });
  });

  it("Redis forgets everything: at most one more limit in a window, and nobody notices", async () => {
    const { limiter, command } = await real.limiter({ ...options, limit: 20, commandTimeoutMs: 2_000 });
    const running = load(limiter);
    await sleep(150);
    await command("FLUSHALL");
    await sleep(150);
    const told = await running.stop();
    const given = told
      .filter(({ decision }) => decision.allowed)
      .map(({ atMs, tookMs }) => ({ cost: 1, sinceMs: atMs, untilMs: atMs + tookMs }));
    expect(mostInWindow(given, options.windowMs)).toBeLessThanOrEqual(40);
    expect(told.every(({ decision }) => decision.source === "remote")).toBe(true);
  });
});

describe.skipIf(isWithoutRedis)("the process", () => {
  const real = useRedis();

  it("ends by itself, with a lease, a refusal and a hung refund", async () => {
    const program = `
      import { createClient } from "redis";
      import { redisLimiter } from "@outsock/limiter-redis";
      const client = await createClient({ socket: { path: process.env.REDIS_SOCKET } }).connect();
      const limiter = redisLimiter(client, { key: "exit", limit: 10, lease: 3, windowMs: 60_000 });
      await limiter.acquire(1);
      limiter.refund(7, await limiter.acquire(7));
      await limiter.acquire(9);
      client.unref();
      console.log(limiter.getStats().available);
    `;
    const args = ["--conditions=@outsock/source", "--input-type=module", "--eval", program];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      env: { ...process.env, REDIS_SOCKET: real.server.socketPath },
      timeout: 10_000,
    });
    expect({ stdout, stderr }).toEqual({ stdout: "true\n", stderr: "" });
  });
});
