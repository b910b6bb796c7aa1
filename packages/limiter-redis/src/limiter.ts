import type { AcquireOptions, RateDecision, RateUsage } from "@outsock/core";
import { Ask } from "./ask.ts";
import { Cargo } from "./batch-results.ts";
import { Trips } from "./batch-runner.ts";
import { Decisions } from "./decisions.ts";
import { Grant } from "./grant.ts";
import type { LimiterSettings } from "./limiter-options.ts";
import { State } from "./limiter-state.ts";
import type { RedisLimiterStats } from "./limiter-stats.ts";
import { part } from "./permits.ts";
import type { RunScript } from "./redis-client.ts";
import type { RedisLimiter } from "./redis-limiter.ts";
import { resetKey } from "./reset.ts";

export class Limiter implements RedisLimiter {
  readonly #run: RunScript;
  readonly #state: State;
  readonly #decisions: Decisions;
  readonly #trips: Trips;

  constructor(run: RunScript, settings: LimiterSettings) {
    this.#run = run;
    this.#state = new State(settings);
    this.#decisions = new Decisions(this.#state);
    this.#trips = new Trips(this.#state, run, new Cargo(this.#state, this.#decisions), this.#decisions);
  }

  acquire(cost: number, options?: AcquireOptions): RateDecision | Promise<RateDecision> {
    if (!Number.isSafeInteger(cost) || cost < 1)
      throw new TypeError(`cost is ${cost}, it must be a positive integer`);
    const { reserve = 0, signal } = options ?? {};
    if (!Number.isSafeInteger(reserve) || reserve < 0)
      throw new TypeError(`reserve is ${reserve}, it must be 0 or a positive integer`);
    if (signal?.aborted) return Promise.reject(signal.reason);
    // Its own clock: the caller's reading may be of another, or older than a lease lasts.
    const nowMs = this.#state.settings.clock.now();
    const decision = this.#trips.isQueued
      ? undefined
      : this.#decisions.here(cost, reserve, nowMs, this.#trips.canTry(nowMs));
    if (decision !== undefined) return decision;
    const ask = new Ask(cost, reserve, signal);
    this.#trips.join(ask, nowMs);
    return ask.decision;
  }

  refund(cost: number, { grant }: RateDecision): void {
    const state = this.#state;
    if (!(grant instanceof Grant) || !grant.redeem(state) || grant.era !== state.era) return;
    const nowMs = state.settings.clock.now();
    state.window.uncount(cost, grant.counted);
    state.refusals.forget();
    if (grant.debt !== undefined) state.debt.remove(grant.debt, cost);
    let left = cost;
    for (const permits of grant.permits) {
      if (left > 0) state.keep(part(permits, 0, Math.min(left, permits.count)), nowMs);
      left -= permits.count;
    }
    if (state.lease.owesReturns) this.#trips.flushSoon();
  }

  usage(): RateUsage {
    const { settings, window, lastAnswer, lease } = this.#state;
    const { clock, limit, windowMs } = settings;
    const nowMs = clock.now();
    const used = Math.max(window.used(nowMs), lastAnswer.used(nowMs) - lease.left(nowMs));
    return { used, limit, windowMs };
  }

  reset(): Promise<void> {
    this.#state.forget();
    return resetKey(this.#run, this.#state.settings);
  }

  getStats(): RedisLimiterStats {
    const { tally, lease, availability } = this.#state;
    const { isUp, failedCount, lastError } = availability;
    const counts = {
      ...tally,
      tripsCount: this.#trips.sentCount,
      expiredPermitsCount: lease.expiredCount,
      unavailableCount: failedCount,
      available: isUp,
    };
    return lastError === undefined ? counts : { ...counts, lastError };
  }
}
