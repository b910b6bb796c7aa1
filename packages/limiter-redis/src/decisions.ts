import type { RateDecision } from "@outsock/core";
import { Fallback } from "./fallback.ts";
import { Grant } from "./grant.ts";
import type { State } from "./limiter-state.ts";
import type { Permits } from "./permits.ts";

/** Makes decisions, from what Redis has answered and what is known here. */
export class Decisions {
  readonly #state: State;
  readonly #fallback: Fallback;

  constructor(state: State) {
    const { settings, availability, window, debt } = state;
    this.#state = state;
    this.#fallback = new Fallback(settings, availability, window, debt);
  }

  /** Without a trip, where that can be. `canTry`: one may be made. */
  here(cost: number, reserve: number, nowMs: number, canTry: boolean): RateDecision | undefined {
    const { settings, lease, lastAnswer, refusals, tally, era } = this.#state;
    if (cost + reserve > settings.limit) return this.refuse(lastAnswer.free, undefined, nowMs);
    const leased = lease.take(cost, reserve, nowMs);
    if (leased !== undefined) {
      tally.leasedCount += 1;
      return this.admit(leased, cost, lastAnswer.free + lease.left(nowMs), nowMs, era);
    }
    if (!canTry) return this.withoutRedis(cost, reserve, nowMs);
    const refusal = refusals.find(cost + reserve, nowMs);
    if (refusal === undefined) return undefined;
    tally.rememberedCount += 1;
    return this.refuse(refusal.free, refusal.retryAfterMs, nowMs);
  }

  withoutRedis(cost: number, reserve: number, nowMs: number): RateDecision {
    const { tally, era } = this.#state;
    const { decision, debt } = this.#fallback.decide(cost, reserve, nowMs);
    tally.fallbackCount += 1;
    if (decision.allowed) return { ...decision, grant: new Grant(this.#state, era, decision, [], debt) };
    tally.refusedCount += 1;
    return decision;
  }

  /** What Redis gave. */
  admit(
    permits: readonly Permits[],
    cost: number,
    remaining: number,
    nowMs: number,
    era: number,
  ): RateDecision {
    const { settings, window, lastAnswer } = this.#state;
    const grant = new Grant(this.#state, era, window.count(cost, nowMs), permits);
    const { limit } = settings;
    const resetAfterMs = lastAnswer.resetAfterMs(nowMs);
    return { allowed: true, limit, remaining, resetAfterMs, source: "remote", grant };
  }

  /** What Redis refused, or would. */
  refuse(remaining: number, retryAfterMs: number | undefined, nowMs: number): RateDecision {
    const { settings, lastAnswer, tally } = this.#state;
    tally.refusedCount += 1;
    const { limit } = settings;
    const resetAfterMs = lastAnswer.resetAfterMs(nowMs);
    const refusal = { allowed: false, limit, remaining, resetAfterMs, source: "remote" } as const;
    return retryAfterMs === undefined ? refusal : { ...refusal, retryAfterMs };
  }
}
