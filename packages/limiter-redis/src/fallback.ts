import { type RateDecision, type RateLimiter, slidingWindow } from "@outsock/core";
import type { Availability } from "./availability.ts";
import type { LimiterSettings } from "./limiter-options.ts";
import type { UnreportedEntry, UnreportedUsage } from "./unreported-usage.ts";

/** A decision made without Redis, and the entry that records it if it was allowed. */
interface FallbackDecision {
  readonly decision: RateDecision;
  readonly unreported?: UnreportedEntry;
}

/** Decides while Redis is unavailable, by the policy `onUnavailable`. */
export class FallbackPolicy {
  readonly #settings: LimiterSettings;
  readonly #availability: Availability;
  readonly #window: LocalWindow;
  readonly #unreported: UnreportedUsage;

  constructor(
    settings: LimiterSettings,
    availability: Availability,
    window: LocalWindow,
    unreported: UnreportedUsage,
  ) {
    this.#settings = settings;
    this.#availability = availability;
    this.#window = window;
    this.#unreported = unreported;
  }

  decide(cost: number, reserve: number, nowMs: number): FallbackDecision {
    const source = "fallback";
    const retryAfterMs = this.#availability.retryAfterMs(nowMs);
    switch (this.#settings.onUnavailable) {
      case "closed": {
        const { limit } = this.#settings;
        const resetAfterMs = retryAfterMs;
        return { decision: { allowed: false, limit, remaining: 0, retryAfterMs, resetAfterMs, source } };
      }
      case "open": {
        const { limit, remaining, resetAfterMs, grant } = this.#window.count(cost, nowMs);
        const decision = { allowed: true, limit, remaining, resetAfterMs, source, grant } as const;
        return { decision, unreported: this.#unreported.add(cost, nowMs) };
      }
      case "local": {
        const decision = { ...this.#window.decide(cost, reserve, nowMs), source } as const;
        if (decision.allowed) return { decision, unreported: this.#unreported.add(cost, nowMs) };
        // Redis may be back before the local window has room, and may allow what is too much for this process alone.
        const wait = Math.min(retryAfterMs, decision.retryAfterMs ?? retryAfterMs);
        return { decision: { ...decision, retryAfterMs: wait } };
      }
    }
  }
}

/**
 * What this process used in the last window, with and without Redis, and what it may use on its own. The window has the whole limit, of
 * which all but `fallbackLimit` is held in reserve.
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

  /** Counts permits that were given by Redis or by `"open"`, as far as there is room. */
  count(cost: number, nowMs: number): RateDecision {
    const decision = acquireSync(this.#window, cost, 0, nowMs);
    const { allowed, remaining } = decision;
    return allowed || remaining === 0 ? decision : acquireSync(this.#window, remaining, 0, nowMs);
  }

  /** Decides without Redis. */
  decide(cost: number, reserve: number, nowMs: number): RateDecision {
    const { limit, fallbackLimit } = this.#settings;
    const withheld = limit - fallbackLimit;
    const decision = acquireSync(this.#window, cost, withheld + reserve, nowMs);
    return { ...decision, limit: fallbackLimit, remaining: Math.max(0, decision.remaining - withheld) };
  }

  uncount(cost: number, decision: RateDecision): void {
    this.#window.refund(cost, decision);
  }

  clear(): void {
    void this.#window.reset();
  }
}

function acquireSync(window: RateLimiter, cost: number, reserve: number, nowMs: number): RateDecision {
  const decision = window.acquire(cost, { reserve, now: nowMs });
  if (decision instanceof Promise) throw new TypeError("the local window answered with a promise");
  return decision;
}
