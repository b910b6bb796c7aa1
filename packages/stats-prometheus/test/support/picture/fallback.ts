import type { RateDecision, RateLimiter } from "@outsock/core";

/** A limiter that shares its window with other processes, but for the whiles in which its store is away. */
export function withFallback(limiter: RateLimiter, isAway: () => boolean): RateLimiter {
  const told = (decision: RateDecision): RateDecision => ({
    ...decision,
    source: isAway() ? "fallback" : "remote",
  });
  return {
    acquire: (...asked) => {
      const decision = limiter.acquire(...asked);
      return decision instanceof Promise ? decision.then(told) : told(decision);
    },
    refund: (...given) => limiter.refund(...given),
    usage: (options) => limiter.usage(options),
    reset: () => limiter.reset(),
  };
}
