import type { RateDecision } from "@outsock/core";
import type { Availability } from "./availability.ts";
import type { LimiterSettings } from "./limiter-options.ts";
import type { LocalWindow } from "./local-window.ts";
import type { Debt, DebtEntry } from "./unreported-usage.ts";

/** A decision without Redis, with what it put down where it admitted. */
export interface FallbackDecision {
  readonly decision: RateDecision;
  readonly debt?: DebtEntry;
}

/** Decides while Redis does not answer, by `onUnavailable`. */
export class Fallback {
  readonly #settings: LimiterSettings;
  readonly #availability: Availability;
  readonly #window: LocalWindow;
  readonly #debt: Debt;

  constructor(settings: LimiterSettings, availability: Availability, window: LocalWindow, debt: Debt) {
    this.#settings = settings;
    this.#availability = availability;
    this.#window = window;
    this.#debt = debt;
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
        return { decision, debt: this.#debt.add(cost, nowMs) };
      }
      case "local": {
        const decision = { ...this.#window.decide(cost, reserve, nowMs), source } as const;
        if (decision.allowed) return { decision, debt: this.#debt.add(cost, nowMs) };
        // Redis may be back before the window here, and admit what is too much for this process alone.
        const wait = Math.min(retryAfterMs, decision.retryAfterMs ?? retryAfterMs);
        return { decision: { ...decision, retryAfterMs: wait } };
      }
    }
  }
}
