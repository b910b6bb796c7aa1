import { ignoreRejection } from "../adapter/promise-like.ts";
import type { RateDecision, RateLimiter } from "../ports/rate-limiter.ts";

/** What a limiter answers, which may come later; something that is no decision throws or rejects. */
export function decided(answer: unknown): RateDecision | Promise<RateDecision> {
  if (isDecision(answer)) return answer;
  return Promise.resolve(answer).then((later) => {
    if (isDecision(later)) return later;
    throw new TypeError("the rate limiter answered something that is no decision");
  });
}

function isDecision(value: unknown): value is RateDecision {
  if (typeof value !== "object" || value === null || !("allowed" in value)) return false;
  const retryAfterMs = "retryAfterMs" in value ? value.retryAfterMs : undefined;
  return retryAfterMs === undefined || (typeof retryAfterMs === "number" && retryAfterMs >= 0);
}

/** Permits that nobody needs after all. A limiter of older make may not take them back. */
export function giveBack(limiter: RateLimiter, cost: number, decision: RateDecision): void {
  try {
    if (decision.allowed) ignoreRejection(limiter.refund(cost, decision));
  } catch {
    // Then they expire.
  }
}
