import type { AcquireOptions, RateDecision, RateLimiter } from "@outsock/core";
import type { LimiterHarness } from "./harness.ts";

/** A decision, and the times before and after it was made. */
export interface TimedDecision {
  readonly decision: RateDecision;
  readonly cost: number;
  readonly askedAtMs: number;
  readonly answeredAtMs: number;
}

/** The limiter under test, and its clock. */
export class LimiterTestbed {
  readonly limiter: RateLimiter;
  readonly windowMs: number;
  readonly toleranceMs: number;
  readonly decisions: TimedDecision[] = [];
  readonly #harness: LimiterHarness;

  private constructor(harness: LimiterHarness, limiter: RateLimiter, windowMs: number) {
    this.#harness = harness;
    this.limiter = limiter;
    this.windowMs = windowMs;
    this.toleranceMs = harness.toleranceMs ?? 0;
  }

  static async open(harness: LimiterHarness, limit: number): Promise<LimiterTestbed> {
    const { windowMs = 1_000 } = harness;
    return new LimiterTestbed(harness, await harness.createLimiter({ limit, windowMs }), windowMs);
  }

  now(): number {
    return this.#harness.now();
  }

  wait(delayMs: number): Promise<void> {
    return this.#harness.wait(delayMs);
  }

  async acquire(cost: number, options: AcquireOptions = {}): Promise<RateDecision> {
    const askedAtMs = this.now();
    const decision = await this.limiter.acquire(cost, { now: askedAtMs, ...options });
    this.decisions.push({ decision, cost, askedAtMs, answeredAtMs: this.now() });
    return decision;
  }

  /** Takes all free permits, one by one, and returns their number. */
  async drain(): Promise<number> {
    let taken = 0;
    while ((await this.acquire(1)).allowed) taken += 1;
    return taken;
  }

  used(): number {
    return this.limiter.usage({ now: this.now() }).used;
  }

  /** The most permits that were certainly granted within one window: each may have been granted as late as its answer. */
  mostInOneWindow(): number {
    const given = this.decisions.filter(({ decision }) => decision.allowed);
    const within = ({ askedAtMs }: TimedDecision): number =>
      given
        .filter((other) => other.askedAtMs >= askedAtMs && other.answeredAtMs - askedAtMs < this.windowMs)
        .reduce((sum, { cost }) => sum + cost, 0);
    return Math.max(0, ...given.map(within));
  }
}
