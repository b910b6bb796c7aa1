import type { Ask } from "./ask.ts";
import { grantsOf, type Trip, type TripAnswer } from "./batch.ts";
import type { Decisions } from "./decisions.ts";
import type { State } from "./limiter-state.ts";
import type { Permits } from "./permits.ts";

/** What trips take along, and what becomes of what they bring. */
export class Cargo {
  readonly #state: State;
  readonly #decisions: Decisions;
  #loadedCount = 0;

  constructor(state: State, decisions: Decisions) {
    this.#state = state;
    this.#decisions = decisions;
  }

  /** Whether a trip is worth it although nobody asks. */
  get isDue(): boolean {
    return this.#state.lease.owesReturns || this.#state.debt.isOwed;
  }

  load(asks: readonly Ask[], nowMs: number): Trip {
    const { owner, settings, lease, debt, era, slowUntilMs } = this.#state;
    const { leaseMs, commandTimeoutMs, windowMs } = settings;
    this.#loadedCount += 1;
    const isSlow = leaseMs > 0 && nowMs < slowUntilMs;
    return {
      prefix: `${owner}:${this.#loadedCount.toString(36)}:`,
      asks,
      returns: lease.takeReturns(nowMs, asks.length > 0),
      debts: debt.due(nowMs),
      spare: asks.length > 0 ? settings.lease - 1 : 0,
      sentMs: nowMs,
      // A tenth of the window at most: what counts for longer is nobody's.
      marginMs: isSlow ? Math.max(leaseMs, Math.min(commandTimeoutMs, windowMs / 10)) : leaseMs,
      era,
    };
  }

  /** In time for the command; answers those who have to ask again, as the permits' own time was over. */
  deliver(trip: Trip, answer: TripAnswer, nowMs: number): readonly Ask[] {
    const { settings, debt, lastAnswer, era } = this.#state;
    debt.told(trip.debts);
    if (trip.era === era) lastAnswer.heard(answer.used, answer.resetAfterMs, nowMs);
    const isLate = trip.marginMs > 0 && nowMs - trip.sentMs > trip.marginMs;
    if (isLate) this.#state.slowUntilMs = nowMs + settings.retryMs;
    const grants = grantsOf(trip, answer, nowMs, settings.windowMs);
    this.#keep(trip, grants.at(-1), isLate, nowMs);
    return trip.asks.filter((ask, index) => {
      const permits = grants[index];
      const { free = 0, retryAfterMs } = answer.decisions[index] ?? {};
      if (permits !== undefined) this.#state.refusals.forget();
      if (permits === undefined) this.#refuse(trip, ask, free, retryAfterMs, nowMs);
      else if (ask.isSettled || isLate) this.#keep(trip, permits, isLate, nowMs);
      else this.#admit(trip, ask, free, permits, nowMs);
      return permits !== undefined && isLate && this.#mayAskAgain(ask, nowMs);
    });
  }

  /** After it was given up: nobody waits for it any more. */
  deliverLate(trip: Trip, answer: TripAnswer, nowMs: number): void {
    this.#state.debt.told(trip.debts);
    for (const permits of grantsOf(trip, answer, nowMs, this.#state.settings.windowMs)) {
      this.#keep(trip, permits, true, nowMs);
    }
  }

  /** Whether what goes back has gone back is not known; to tell it twice does no harm. */
  lose(trip: Trip): void {
    if (trip.era === this.#state.era) for (const permits of trip.returns) this.#state.lease.giveBack(permits);
  }

  /** It failed, perhaps on its way back: what it may have taken goes back by name. */
  abandon({ prefix, asks, spare, marginMs, era }: Trip, nowMs: number): void {
    if (era !== this.#state.era) return;
    const { limit, windowMs } = this.#state.settings;
    const count = Math.min(
      limit,
      asks.reduce((sum, { cost }) => sum + cost, spare),
    );
    const goneAtMs = nowMs + windowMs + marginMs;
    if (count > 0) this.#state.lease.giveBack({ prefix, from: 0, count, usableUntilMs: nowMs, goneAtMs });
  }

  #admit(trip: Trip, ask: Ask, free: number, permits: Permits, nowMs: number): void {
    this.#state.tally.remoteCount += 1;
    ask.resolve(this.#decisions.admit([permits], ask.cost, free, nowMs, trip.era));
  }

  #refuse(trip: Trip, ask: Ask, free: number, retryAfterMs: number | undefined, nowMs: number): void {
    const { refusals, tally, era } = this.#state;
    if (retryAfterMs !== undefined && trip.era === era) {
      const mostMs = this.#state.settings.retryMs;
      const times = { sentMs: trip.sentMs, nowMs, mostMs };
      refusals.remember(ask.cost + ask.reserve, { retryAfterMs, free }, times);
    }
    if (ask.isSettled) return;
    tally.remoteCount += 1;
    ask.resolve(this.#decisions.refuse(free, retryAfterMs, nowMs));
  }

  #keep(trip: Trip, permits: Permits | undefined, isLate: boolean, nowMs: number): void {
    if (permits === undefined || trip.era !== this.#state.era) return;
    if (isLate) this.#state.lease.waste(permits);
    else this.#state.keep(permits, nowMs);
  }

  #mayAskAgain(ask: Ask, nowMs: number): boolean {
    if (ask.isSettled) return false;
    if (ask.wasLate) ask.resolve(this.#decisions.withoutRedis(ask.cost, ask.reserve, nowMs));
    ask.wasLate = true;
    return !ask.isSettled;
  }
}
