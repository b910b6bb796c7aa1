import { type RateDecision, type RateLimiter, slidingWindow } from "@outsock/core";
import type { LimiterSettings } from "./limiter-options.ts";

/**
 * What this process used in the last window, whoever gave it; and what it may use alone. It holds the whole limit, of which all
 * but `fallbackLimit` is kept in reserve.
 */
export class LocalWindow {
  readonly #settings: LimiterSettings;
  readonly #window: RateLimiter;

  constructor(settings: LimiterSettings) {
    const { limit, windowMs } = settings;
    this.#settings = settings;
    this.#window = slidingWindow({ limit, windowMs });
  }

  used(nowMs: number): number {
    return this.#window.usage({ now: nowMs }).used;
  }

  /** Counts what was given elsewhere, as far as there is room. */
  count(cost: number, nowMs: number): RateDecision {
    const decision = acquire(this.#window, cost, 0, nowMs);
    const { allowed, remaining } = decision;
    return allowed || remaining === 0 ? decision : acquire(this.#window, remaining, 0, nowMs);
  }

  /** Decides alone. */
  decide(cost: number, reserve: number, nowMs: number): RateDecision {
    const { limit, fallbackLimit } = this.#settings;
    const withheld = limit - fallbackLimit;
    const decision = acquire(this.#window, cost, withheld + reserve, nowMs);
    return { ...decision, limit: fallbackLimit, remaining: Math.max(0, decision.remaining - withheld) };
  }

  uncount(cost: number, decision: RateDecision): void {
    this.#window.refund(cost, decision);
  }

  clear(): void {
    void this.#window.reset();
  }
}

function acquire(window: RateLimiter, cost: number, reserve: number, nowMs: number): RateDecision {
  const decision = window.acquire(cost, { reserve, now: nowMs });
  if (decision instanceof Promise) throw new TypeError("the local window answers at once");
  return decision;
}
