import type { RateDecision } from "@outsock/core";
import { manualClock } from "@outsock/core/testing";
import fc from "fast-check";
import { expect, it } from "vitest";
import { redisLimiter } from "../../src/index.ts";
import { ModelRedis } from "../support/model-redis.ts";
import { type Given, mostInWindow } from "../support/windows.ts";

const limit = 9;
const windowMs = 100;

const settings = fc.record({
  lease: fc.integer({ min: 1, max: 5 }),
  leaseMs: fc.integer({ min: 1, max: 30 }),
  thereMs: fc.nat(40),
  backMs: fc.nat(40),
});

const moves = fc.array(
  fc.record({
    who: fc.nat(2),
    what: fc.constantFrom(
      "acquire",
      "acquire",
      "acquire",
      "acquire-and-refund",
      "acquire-and-abort",
      "slow",
      "fast",
    ),
    cost: fc.integer({ min: 1, max: 5 }),
    reserve: fc.oneof(fc.constant(0), fc.nat(3)),
    pauseMs: fc.oneof(fc.constant(0), fc.nat(5), fc.nat(60)),
  }),
  { minLength: 20, maxLength: 120, size: "max" },
);

interface Use extends Given {
  readonly decision: RateDecision;
}

/** Three processes with one Redis, by turns slow and fast. Returns all that was allowed, at the moment of its decision. */
async function run(
  how: { lease: number; leaseMs: number; thereMs: number; backMs: number },
  steps: readonly {
    who: number;
    what: string;
    cost: number;
    reserve: number;
    pauseMs: number;
  }[],
): Promise<readonly Use[]> {
  const clock = manualClock();
  const redis = new ModelRedis(clock);
  const { lease, leaseMs } = how;
  const limiters = [1, 2, 3].map(() =>
    redisLimiter(redis, { key: "k", limit, windowMs, lease, leaseMs, clock, retryMs: 40 }),
  );
  const uses: Use[] = [];
  for (const { who, what, cost, reserve, pauseMs } of steps) {
    const limiter = limiters[who];
    if (what === "slow") Object.assign(redis, { thereMs: how.thereMs, backMs: how.backMs });
    else if (what === "fast") Object.assign(redis, { thereMs: 0, backMs: 0 });
    else if (limiter !== undefined) {
      const controller = new AbortController();
      const answer = limiter.acquire(cost, { reserve, signal: controller.signal });
      const onDecision = (decision: RateDecision): void => {
        if (!decision.allowed) return;
        if (what === "acquire-and-refund") limiter.refund(cost, decision);
        else uses.push({ cost, sinceMs: clock.now(), untilMs: clock.now(), decision });
      };
      if (!(answer instanceof Promise)) onDecision(answer);
      else answer.then(onDecision, () => undefined);
      if (what === "acquire-and-abort") controller.abort();
    }
    await clock.advance(pauseMs);
  }
  await clock.advance(1_000);
  expect(clock.timers).toBe(0);
  return uses;
}

it("with leases, slow replies, refunds and aborts, usage in any window is at most the limit", async () => {
  await fc.assert(
    fc.asyncProperty(settings, moves, async (how, steps) => {
      const uses = await run(how, steps);
      const given = uses.filter(({ decision }) => decision.source === "remote");
      expect(mostInWindow(given, windowMs)).toBeLessThanOrEqual(limit);
    }),
    { numRuns: 400 },
  );
});
