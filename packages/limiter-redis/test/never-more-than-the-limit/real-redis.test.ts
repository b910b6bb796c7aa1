import { setTimeout as sleep } from "node:timers/promises";
import { type Clock, type RateDecision, systemClock } from "@outsock/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RedisLimiter, RedisLimiterOptions } from "../../src/index.ts";
import { isWithoutRedis, useRedis } from "../support/real-redis.ts";
import { type Given, mostCounted, mostInWindow } from "../support/windows.ts";

interface Step {
  readonly pauseMs: number;
  readonly cost: number;
  readonly reserve: number;
  readonly who: number;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    pauseMs: fc.oneof(fc.constant(0), fc.nat(4), fc.nat(30)),
    cost: fc.integer({ min: 1, max: 4 }),
    reserve: fc.oneof(fc.constant(0), fc.nat(2)),
    who: fc.nat(2),
  }),
  { minLength: 10, maxLength: 60, size: "max" },
);

/** A limiter, and the clock that it reads for its decisions. */
interface Process {
  readonly limiter: RedisLimiter;
  readonly clock: Clock & { readonly lastMs: number };
}

interface Decided extends Given {
  readonly reserve: number;
  readonly decision: RateDecision;
  /** When it decided, by its own clock: it reads that once for all decisions of one turn. */
  readonly decidedAtMs: number;
}

function readClock(): Process["clock"] {
  let lastMs = 0;
  return {
    get lastMs() {
      return lastMs;
    },
    now() {
      lastMs = systemClock.now();
      return lastMs;
    },
    schedule: (delayMs, run) => systemClock.schedule(delayMs, run),
  };
}

async function acquire({ limiter, clock }: Process, cost: number, reserve: number): Promise<Decided> {
  const sinceMs = performance.now();
  const answer = limiter.acquire(cost, { reserve });
  const decision = answer instanceof Promise ? await answer : answer;
  const decidedAtMs = clock.lastMs;
  return { cost, reserve, sinceMs, untilMs: performance.now(), decision, decidedAtMs };
}

async function run(processes: readonly Process[], moves: readonly Step[]): Promise<readonly Decided[]> {
  const decided: Promise<Decided>[] = [];
  for (const { pauseMs, cost, reserve, who } of moves) {
    if (pauseMs > 0) await sleep(pauseMs);
    const one = processes[who];
    if (one !== undefined) decided.push(acquire(one, cost, reserve));
  }
  return Promise.all(decided);
}

const limit = 8;
const windowMs = 60;

describe.skipIf(isWithoutRedis)("three processes with one key", { timeout: 30_000 }, () => {
  const real = useRedis();

  async function three(options: Partial<RedisLimiterOptions> = {}): Promise<readonly Process[]> {
    const start = async (name: string, key?: string): Promise<Process & { key: string }> => {
      const clock = readClock();
      const shared = key === undefined ? {} : { key };
      const one = await real.limiter({ limit, windowMs, clock, ...options, ...shared }, name);
      return { limiter: one.limiter, clock, key: one.key };
    };
    const first = await start("redis");
    return [first, await start("ioredis", first.key), await start("iovalkey", first.key)];
  }

  it("get at most the limit in any half-open window, and are refused only what would exceed it", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (moves) => {
        const all = await run(await three(), moves);
        const given = all.filter(({ decision }) => decision.allowed);
        expect(all.every(({ decision }) => decision.source === "remote")).toBe(true);
        expect(mostInWindow(given, windowMs)).toBeLessThanOrEqual(limit);
        for (const { decision, cost, reserve, sinceMs, untilMs } of all) {
          if (decision.allowed) continue;
          expect(mostCounted(given, windowMs, sinceMs, untilMs) + cost + reserve).toBeGreaterThan(limit);
        }
      }),
      { numRuns: 12 },
    );
  });

  it("with leases use at most the limit in any half-open window, at the moment of the decision", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (moves) => {
        const all = await run(await three({ lease: 3, leaseMs: 10 }), moves);
        const used = all
          .filter(({ decision }) => decision.allowed && decision.source === "remote")
          .map(({ cost, decidedAtMs }) => ({ cost, sinceMs: decidedAtMs, untilMs: decidedAtMs }));
        // The clock of this process may run slower than that of the server, by far less than this.
        expect(mostInWindow(used, windowMs - 0.1)).toBeLessThanOrEqual(limit);
      }),
      { numRuns: 12 },
    );
  });

  it("use up the limit: what one leaves, another gets", async () => {
    const processes = await three({ windowMs: 60_000 });
    const all = await Promise.all(
      [...processes, ...processes, ...processes, ...processes].map((one) => acquire(one, 1, 0)),
    );
    expect(all.filter(({ decision }) => decision.allowed)).toHaveLength(limit);
  });
});
