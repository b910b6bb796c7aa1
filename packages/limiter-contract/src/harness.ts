import type { RateLimiter } from "@outsock/core";

/** What a scenario asks the limiter under test to be. */
export interface ContractLimiterOptions {
  readonly limit: number;
  readonly windowMs: number;
}

/** What a limiter need not know to do. */
export type LimiterAbility = "refund" | "reserve";

/** What the contract needs of a limiter's tests: the limiter, and the time by which it counts. */
export interface LimiterHarness {
  /** Shown in the names of the tests. */
  readonly name: string;
  /** A limiter of which nothing is used yet. */
  createLimiter(options: ContractLimiterOptions): RateLimiter | Promise<RateLimiter>;
  /** The reading of the clock by which windows are judged, in milliseconds. Handed to `acquire` as `now`. */
  now(): number;
  /** Resolves when at least so many milliseconds have passed by that clock. */
  wait(delayMs: number): Promise<void>;
  /** The window that scenarios use. Default 1000; on a real clock a short one, such as 100, saves time. */
  readonly windowMs?: number;
  /**
   * How much later than promised a permit may come, and how much longer a time may be that is told: what a trip to a store takes.
   * Default 0.
   */
  readonly toleranceMs?: number;
  /** What this limiter does not do: the scenarios about it are registered as skipped. Default: nothing. */
  readonly without?: readonly LimiterAbility[];
  /** How long one scenario may take, by the real clock, before it counts as failed. Default 10,000. */
  readonly scenarioTimeoutMs?: number;
}
