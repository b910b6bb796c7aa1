import type { RateLimiter } from "@outsock/core";

/** Options of the limiter under test. */
export interface ContractLimiterOptions {
  readonly limit: number;
  readonly windowMs: number;
}

/** Optional abilities of a limiter. */
export type LimiterAbility = "refund" | "reserve";

/** What a limiter's tests provide to the contract: the limiter, and the clock that it uses. */
export interface LimiterHarness {
  /** Shown in the names of the tests. */
  readonly name: string;
  /** An unused limiter. */
  createLimiter(options: ContractLimiterOptions): RateLimiter | Promise<RateLimiter>;
  /** The time of the clock that windows are measured with, in milliseconds. Passed to `acquire` as `now`. */
  now(): number;
  /** Resolves when at least this many milliseconds have passed on that clock. */
  wait(delayMs: number): Promise<void>;
  /** The window that scenarios use. Default 1000; on a real clock a short one, such as 100, saves time. */
  readonly windowMs?: number;
  /**
   * How much later than promised a permit may be free, and how much longer reported times may be: the time of a round trip
   * to a store. Default 0.
   */
  readonly toleranceMs?: number;
  /** Abilities that this limiter lacks. Scenarios about them are registered as skipped. Default: none. */
  readonly without?: readonly LimiterAbility[];
  /** How long one scenario may take on the real clock before it fails. Default 10,000. */
  readonly scenarioTimeoutMs?: number;
}
