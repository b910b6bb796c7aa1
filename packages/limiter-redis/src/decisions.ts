import type { RateDecision } from "@outsock/core";
import { FallbackPolicy } from "./fallback.ts";
import type { LimiterState } from "./limiter-state.ts";
import type { Permits } from "./permit-lease.ts";
import type { UnreportedEntry } from "./unreported-usage.ts";

/** Decisions so far, by how they were made. */
export interface DecisionCounters {
  /** Decisions by Redis, allowed or refused. */
  readonly remoteCount: number;
  /** Allowed from a lease, without a batch. */
  readonly leasedCount: number;
  /** Refused without a batch, because Redis had refused the same need and the wait was not over. */
  readonly rememberedCount: number;
  /** Decisions by `onUnavailable`, allowed or refused. */
  readonly fallbackCount: number;
  /** Refusals of every kind. */
  readonly refusedCount: number;
}

/** Makes decisions and counts them. */
export class DecisionMaker {
  readonly #state: LimiterState;
  readonly #fallback: FallbackPolicy;
  #remoteCount = 0;
  #leasedCount = 0;
  #rememberedCount = 0;
  #fallbackCount = 0;
  #refusedCount = 0;

  constructor(state: LimiterState) {
    const { settings, availability, window, unreported } = state;
    this.#state = state;
    this.#fallback = new FallbackPolicy(settings, availability, window, unreported);
  }

  get counters(): DecisionCounters {
    return {
      remoteCount: this.#remoteCount,
      leasedCount: this.#leasedCount,
      rememberedCount: this.#rememberedCount,
      fallbackCount: this.#fallbackCount,
      refusedCount: this.#refusedCount,
    };
  }

  /** Decides without a batch if possible. `canSend`: whether a batch could be sent now. */
  decideLocally(cost: number, reserve: number, nowMs: number, canSend: boolean): RateDecision | undefined {
    const { settings, lease, sharedUsage, refusals, generation } = this.#state;
    if (cost + reserve > settings.limit) return this.#refuse(sharedUsage.free, undefined, nowMs);
    const leased = lease.take(cost, reserve, nowMs);
    if (leased !== undefined) {
      this.#leasedCount += 1;
      return this.#allow(leased, cost, sharedUsage.free + lease.left(nowMs), nowMs, generation);
    }
    if (!canSend) return this.decideWithoutRedis(cost, reserve, nowMs);
    const refusal = refusals.find(cost + reserve, nowMs);
    if (refusal === undefined) return undefined;
    this.#rememberedCount += 1;
    return this.#refuse(refusal.free, refusal.retryAfterMs, nowMs);
  }

  decideWithoutRedis(cost: number, reserve: number, nowMs: number): RateDecision {
    const { generation } = this.#state;
    const { decision, unreported } = this.#fallback.decide(cost, reserve, nowMs);
    this.#fallbackCount += 1;
    if (decision.allowed)
      return { ...decision, grant: new Grant(this.#state, generation, decision, [], unreported) };
    this.#refusedCount += 1;
    return decision;
  }

  allowedByRedis(
    permits: Permits,
    cost: number,
    remaining: number,
    nowMs: number,
    generation: number,
  ): RateDecision {
    this.#remoteCount += 1;
    return this.#allow([permits], cost, remaining, nowMs, generation);
  }

  refusedByRedis(remaining: number, retryAfterMs: number | undefined, nowMs: number): RateDecision {
    this.#remoteCount += 1;
    return this.#refuse(remaining, retryAfterMs, nowMs);
  }

  #allow(
    permits: readonly Permits[],
    cost: number,
    remaining: number,
    nowMs: number,
    generation: number,
  ): RateDecision {
    const { settings, window, sharedUsage } = this.#state;
    const grant = new Grant(this.#state, generation, window.count(cost, nowMs), permits);
    const { limit } = settings;
    const resetAfterMs = sharedUsage.resetAfterMs(nowMs);
    return { allowed: true, limit, remaining, resetAfterMs, source: "remote", grant };
  }

  #refuse(remaining: number, retryAfterMs: number | undefined, nowMs: number): RateDecision {
    const { settings, sharedUsage } = this.#state;
    this.#refusedCount += 1;
    const { limit } = settings;
    const resetAfterMs = sharedUsage.resetAfterMs(nowMs);
    const refusal = { allowed: false, limit, remaining, resetAfterMs, source: "remote" } as const;
    return retryAfterMs === undefined ? refusal : { ...refusal, retryAfterMs };
  }
}

/** What an allowed decision gave, for a refund. */
export class Grant {
  /** The limiter's generation when the permits were given. */
  readonly generation: number;
  readonly counted: RateDecision;
  /** From Redis; empty for a decision without Redis. */
  readonly permits: readonly Permits[];
  readonly unreported: UnreportedEntry | undefined;
  #owner: object | undefined;

  constructor(
    owner: object,
    generation: number,
    counted: RateDecision,
    permits: readonly Permits[],
    unreported?: UnreportedEntry,
  ) {
    this.#owner = owner;
    this.generation = generation;
    this.counted = counted;
    this.permits = permits;
    this.unreported = unreported;
  }

  /** Whether it may be refunded: once, by the limiter that gave it. */
  redeem(owner: object): boolean {
    if (this.#owner !== owner) return false;
    this.#owner = undefined;
    return true;
  }
}
