import type { RateDecision, RateLimiter } from "../../src/index.ts";

export const granted = {
  allowed: true,
  limit: 10,
  remaining: 9,
  resetAfterMs: 0,
  source: "local",
} as const satisfies RateDecision;

/** Does as another limiter, except for what is given. */
export function altered(limiter: RateLimiter, changes: Partial<RateLimiter>): RateLimiter {
  return {
    acquire: (cost, options) => limiter.acquire(cost, options),
    refund: (cost, decision) => limiter.refund(cost, decision),
    usage: (options) => limiter.usage(options),
    reset: () => limiter.reset(),
    ...changes,
  };
}

/** Always says the same. */
export function saying(answer: () => RateDecision | Promise<RateDecision>): RateLimiter {
  return {
    acquire: answer,
    refund: () => undefined,
    usage: () => ({ used: 0, limit: 10, windowMs: 1_000 }),
    reset: () => undefined,
  };
}

/** The decision of a limiter that answers at once. */
export function atOnce(decision: RateDecision | Promise<RateDecision>): RateDecision {
  if (decision instanceof Promise) throw new Error("a local limiter answers at once");
  return decision;
}

/** Decides as another limiter does, but only when the test lets it. */
export interface HeldLimiter extends RateLimiter {
  readonly asked: number;
  /** Answers all that were asked so far. */
  answer(): Promise<void>;
}

export function held(limiter: RateLimiter): HeldLimiter {
  const waiting: (() => void)[] = [];
  return {
    ...altered(limiter, {
      acquire: (cost, options) =>
        new Promise((resolve) => waiting.push(() => resolve(limiter.acquire(cost, options)))),
    }),
    get asked() {
      return waiting.length;
    },
    async answer() {
      for (const answer of waiting.splice(0)) answer();
      await new Promise(setImmediate);
    },
  };
}
