import type { RateDecision, RateLimiter } from "@outsock/core";

/** A limiter that shares its window with other processes, except while its store is unavailable. */
export function withFallback(limiter: RateLimiter, isAway: () => boolean): RateLimiter {
  const asFallback = (decision: RateDecision): RateDecision => ({
    ...decision,
    source: isAway() ? "fallback" : "remote",
  });
  return {
    acquire: (...asked) => {
      const decision = limiter.acquire(...asked);
      return decision instanceof Promise ? decision.then(asFallback) : asFallback(decision);
    },
    refund: (...given) => limiter.refund(...given),
    usage: (options) => limiter.usage(options),
    reset: () => limiter.reset(),
  };
}
