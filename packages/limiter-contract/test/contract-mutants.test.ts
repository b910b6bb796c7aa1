import { type RateDecision, type RateLimiter, slidingWindow } from "@outsock/core";
import { manualClock } from "@outsock/core/testing";
import { describe, expect, it } from "vitest";
import { type ContractLimiterOptions, type LimiterHarness, limiterScenarios } from "../src/index.ts";

type Make = (options: ContractLimiterOptions) => RateLimiter;

/** A correct limiter with this change. */
function changed(change: (good: RateLimiter, options: ContractLimiterOptions) => Partial<RateLimiter>): Make {
  return (options) => {
    const good = slidingWindow(options);
    return {
      acquire: (cost, how) => good.acquire(cost, how),
      refund: (cost, decision) => good.refund(cost, decision),
      usage: (how) => good.usage(how),
      reset: () => good.reset(),
      ...change(good, options),
    };
  };
}

/** A correct limiter whose decisions are changed. */
function changingDecisions(
  change: (decision: RateDecision, options: ContractLimiterOptions) => object,
): Make {
  return changed((good, options) => ({
    async acquire(cost, how) {
      const decision = await good.acquire(cost, how);
      return { ...decision, ...change(decision, options) };
    },
  }));
}

const fixedWindow: Make = ({ limit, windowMs }) => {
  let window = 0;
  let used = 0;
  const advance = (now = 0): number => {
    if (Math.floor(now / windowMs) > window) used = 0;
    window = Math.max(window, Math.floor(now / windowMs));
    return (window + 1) * windowMs - now;
  };
  return {
    acquire(cost, { now } = {}) {
      if (!Number.isSafeInteger(cost) || cost < 1) throw new TypeError("cost");
      const endMs = advance(now);
      const allowed = used + cost <= limit;
      if (allowed) used += cost;
      const decision = {
        allowed,
        limit,
        remaining: limit - used,
        resetAfterMs: endMs,
        source: "local",
      } as const;
      return allowed || cost > limit ? decision : { ...decision, retryAfterMs: endMs };
    },
    refund(cost) {
      used -= cost;
    },
    usage: ({ now } = {}) => {
      advance(now);
      return { used, limit, windowMs };
    },
    reset() {
      used = 0;
    },
  };
};

const broken: readonly (readonly [what: string, make: Make, caughtBy: string])[] = [
  ["counts in fixed windows", fixedWindow, "acquire:exact"],
  ["counts in fixed windows", fixedWindow, "acquire:sliding"],
  ["grants one more than the limit", (o) => slidingWindow({ ...o, limit: o.limit + 1 }), "acquire:limit"],
  ["grants one less than the limit", (o) => slidingWindow({ ...o, limit: o.limit - 1 }), "acquire:at-once"],
  ["frees permits too early", (o) => slidingWindow({ ...o, windowMs: o.windowMs * 0.9 }), "acquire:exact"],
  ["frees permits too late", (o) => slidingWindow({ ...o, windowMs: o.windowMs * 1.1 }), "acquire:full-use"],
  ["frees permits too late", (o) => slidingWindow({ ...o, windowMs: o.windowMs * 1.1 }), "acquire:sliding"],
  [
    "takes 1 permit whatever the cost",
    changed((good) => ({ acquire: (_, how) => good.acquire(1, how) })),
    "acquire:cost",
  ],
  [
    "grants a part of the cost",
    changed((good, { limit }) => ({
      acquire: (cost, how) =>
        good.acquire(Math.min(cost, Math.max(1, limit - good.usage({ now: how?.now ?? 0 }).used)), how),
    })),
    "acquire:all-or-nothing",
  ],
  [
    "has a retryAfterMs for a cost above the limit",
    changingDecisions(({ allowed }) => (allowed ? {} : { retryAfterMs: 10 })),
    "acquire:never",
  ],
  [
    "accepts invalid costs",
    changed((good) => ({ acquire: (cost, how) => good.acquire(cost >= 1 ? Math.round(cost) : 1, how) })),
    "acquire:bad-cost",
  ],
  [
    "ignores the reserve",
    changed((good) => ({ acquire: (cost, how) => good.acquire(cost, { now: how?.now }) })),
    "acquire:reserve",
  ],
  ["always has 0 remaining", changingDecisions(() => ({ remaining: 0 })), "decision:figures"],
  ["has an unknown source", changingDecisions(() => ({ source: "elsewhere" })), "decision:figures"],
  [
    "has too short a retryAfterMs",
    changingDecisions(({ retryAfterMs }) =>
      retryAfterMs === undefined ? {} : { retryAfterMs: retryAfterMs * 0.9 },
    ),
    "decision:retry-enough",
  ],
  [
    "has too long a retryAfterMs",
    changingDecisions(({ retryAfterMs }, { windowMs }) =>
      retryAfterMs === undefined ? {} : { retryAfterMs: windowMs },
    ),
    "decision:retry-not-more",
  ],
  ["has no resetAfterMs", changingDecisions(() => ({ resetAfterMs: 0 })), "decision:reset-after"],
  ["ignores refunds", changed(() => ({ refund: () => undefined })), "refund:again"],
  ["resets at a refund", changed((good) => ({ refund: () => good.reset() })), "refund:no-more"],
  [
    "refunds the oldest permits",
    changed((good) => {
      const taken: RateDecision[] = [];
      return {
        async acquire(cost, how) {
          const decision = await good.acquire(cost, how);
          taken.push(decision);
          return decision;
        },
        refund(cost) {
          const [oldest] = taken;
          if (oldest !== undefined) good.refund(cost, oldest);
        },
      };
    }),
    "refund:no-more",
  ],
  ["refunds expired permits", fixedWindow, "refund:too-late"],
  ["refunds permits from before a reset", fixedWindow, "refund:after-reset"],
  [
    "counts refused permits as used",
    changed((good) => {
      let refused = 0;
      return {
        async acquire(cost, how) {
          const decision = await good.acquire(cost, how);
          if (!decision.allowed) refused += 1;
          return decision;
        },
        usage: (how) => ({ ...good.usage(how), used: good.usage(how).used + refused }),
      };
    }),
    "usage:refused",
  ],
  [
    "always has 0 used",
    changed((good) => ({ usage: (how) => ({ ...good.usage(how), used: 0 }) })),
    "usage:figures",
  ],
  ["ignores resets", changed(() => ({ reset: () => undefined })), "reset:all"],
];

describe("a limiter that", () => {
  for (const [what, createLimiter, id] of broken) {
    it(`${what} breaks ${id}`, async () => {
      const clock = manualClock();
      const harness: LimiterHarness = {
        name: what,
        createLimiter,
        now: () => clock.now(),
        wait: (delayMs) => clock.advance(delayMs),
      };
      const scenario = limiterScenarios.find((one) => one.id === id);
      await expect(scenario?.run(harness)).rejects.toHaveProperty("name", "ContractViolation");
    });
  }

  it("never answers breaks every scenario, in time", async () => {
    const silent = changed(() => ({ acquire: () => new Promise<never>(() => undefined) }));
    const harness = { name: "silent", createLimiter: silent, now: () => 0, wait: async () => undefined };
    const runs = limiterScenarios.map(({ run }) => run({ ...harness, scenarioTimeoutMs: 20 }));
    for (const { status } of await Promise.allSettled(runs)) expect(status).toBe("rejected");
  });
});

describe("the contract's scenarios", () => {
  it("have unique ids, and state their promise in one sentence without a full stop", () => {
    expect(new Set(limiterScenarios.map(({ id }) => id)).size).toBe(limiterScenarios.length);
    for (const { behaviour } of limiterScenarios) expect(behaviour).toMatch(/^[^.]{10,140}$/);
  });

  it("are each broken by one of these limiters, so none of them is empty", () => {
    const caught = new Set(broken.map(([, , id]) => id));
    expect(limiterScenarios.map(({ id }) => id).filter((id) => !caught.has(id))).toEqual([]);
  });
});
