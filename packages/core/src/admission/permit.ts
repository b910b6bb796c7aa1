import type { AcquireOptions, RateDecision, RateLimiter } from "../ports/rate-limiter.ts";
import { ignoreRejection } from "../values.ts";

/** The permits of one operation. They are used up by running it, or given back where it does not run after all. */
export class Permit {
  /** Where the decision came from. */
  readonly source: RateDecision["source"];
  #limiter: RateLimiter | undefined;
  readonly #cost: number;
  readonly #decision: RateDecision;

  constructor(limiter: RateLimiter, cost: number, decision: RateDecision) {
    this.source = decision.source;
    this.#limiter = limiter;
    this.#cost = cost;
    this.#decision = decision;
  }

  /** Once: a second call does nothing. */
  giveBack(): void {
    const limiter = this.#limiter;
    this.#limiter = undefined;
    if (limiter !== undefined) giveBack(limiter, this.#cost, this.#decision);
  }
}

/** What a limiter is asked for. */
export interface PermitRequest {
  readonly cost: number;
  readonly reserve?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Asks a limiter. Throws or rejects where it does, and where its answer is not a decision. */
export function askLimiter(
  limiter: RateLimiter,
  { cost, reserve, signal }: PermitRequest,
  now: number,
): RateDecision | Promise<RateDecision> {
  const options: AcquireOptions = signal === undefined && !reserve ? { now } : { now, signal, reserve };
  return decided(limiter.acquire(cost, options));
}

/** A limiter's answer, which may come later. Throws or rejects where it is not a decision. */
export function decided(answer: unknown): RateDecision | Promise<RateDecision> {
  if (isDecision(answer)) return answer;
  return Promise.resolve(answer).then((later) => {
    if (isDecision(later)) return later;
    throw new TypeError("the rate limiter's answer is not a decision");
  });
}

function isDecision(value: unknown): value is RateDecision {
  if (typeof value !== "object" || value === null || !("allowed" in value)) return false;
  const retryAfterMs = "retryAfterMs" in value ? value.retryAfterMs : undefined;
  return retryAfterMs === undefined || (typeof retryAfterMs === "number" && retryAfterMs >= 0);
}

/** Gives permits back that nothing needs. A limiter written before `refund` existed may not take them. */
export function giveBack(limiter: RateLimiter, cost: number, decision: RateDecision): void {
  try {
    if (decision.allowed) ignoreRejection(limiter.refund(cost, decision));
  } catch {
    // Then they expire.
  }
}
