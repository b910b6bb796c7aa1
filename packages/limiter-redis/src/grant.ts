import type { RateDecision } from "@outsock/core";
import type { Permits } from "./permits.ts";
import type { DebtEntry } from "./unreported-usage.ts";

/** What an allowed decision gave. */
export class Grant {
  /** Everything was forgotten as often before it was given. */
  readonly era: number;
  readonly counted: RateDecision;
  /** Of Redis; none where this process decided alone. */
  readonly permits: readonly Permits[];
  readonly debt: DebtEntry | undefined;
  #owner: object | undefined;

  constructor(
    owner: object,
    era: number,
    counted: RateDecision,
    permits: readonly Permits[],
    debt?: DebtEntry,
  ) {
    this.#owner = owner;
    this.era = era;
    this.counted = counted;
    this.permits = permits;
    this.debt = debt;
  }

  /** Whether it may be taken back: once, by who gave it. */
  redeem(owner: object): boolean {
    if (this.#owner !== owner) return false;
    this.#owner = undefined;
    return true;
  }
}
