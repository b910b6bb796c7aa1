import type { Timer } from "@outsock/core";
import type { Ask } from "./ask.ts";
import type { LimiterSettings } from "./limiter-options.ts";
import { type Permits, part } from "./permits.ts";
import type { DebtEntry } from "./unreported-usage.ts";

/** What goes to Redis together. */
export interface Trip {
  readonly prefix: string;
  readonly asks: readonly Ask[];
  readonly returns: readonly Permits[];
  readonly debts: readonly DebtEntry[];
  /** Permits to take for what comes next. */
  readonly spare: number;
  readonly sentMs: number;
  /** How long its permits may be used after it was sent. */
  readonly marginMs: number;
  /** Everything was forgotten as often before it was sent. */
  readonly era: number;
  timer?: Timer;
}

/** What Redis answers, in milliseconds. */
export interface TripAnswer {
  readonly decisions: readonly {
    readonly allowed: boolean;
    readonly retryAfterMs?: number;
    readonly free: number;
  }[];
  readonly spare: number;
  readonly used: number;
  readonly resetAfterMs: number;
}

/** The values that the script reads. */
export function encode(
  trip: Trip,
  { limit, windowMs, leaseMs, commandTimeoutMs }: LimiterSettings,
): string[] {
  const { prefix, asks, returns, debts, spare, marginMs, sentMs } = trip;
  const longestMarginMs = Math.max(leaseMs, leaseMs > 0 ? commandTimeoutMs : 0);
  const values = [limit, micro(windowMs), micro(marginMs), micro(longestMarginMs), prefix, spare];
  values.push(returns.length, debts.length);
  for (const permits of returns) values.push(permits.prefix, permits.from, permits.count);
  for (const debt of debts)
    values.push(debt.prefix, Math.max(0, Math.floor((sentMs - debt.atMs) * 1_000)), debt.count);
  for (const ask of asks) values.push(ask.cost, ask.reserve);
  return values.map(String);
}

/** @throws TypeError for an answer that is none of the script's. */
export function decode(reply: unknown, trip: Trip): TripAnswer {
  const numbers = Array.isArray(reply) ? reply.map(Number) : [];
  if (numbers.length !== 3 + 2 * trip.asks.length || !numbers.every(Number.isSafeInteger)) {
    throw new TypeError("Redis answered something that is no decision");
  }
  const [spare = 0, used = 0, resetAfter = 0] = numbers;
  const decisions = trip.asks.map((_, index) => {
    const wait = numbers[3 + 2 * index] ?? -1;
    const free = numbers[4 + 2 * index] ?? 0;
    return wait > 0 ? { allowed: false, retryAfterMs: wait / 1_000, free } : { allowed: wait === 0, free };
  });
  return { decisions, spare, used, resetAfterMs: resetAfter / 1_000 };
}

/** What each ask was given, in their order, and last what was taken besides. */
export function grantsOf(
  trip: Trip,
  { decisions, spare }: TripAnswer,
  nowMs: number,
  windowMs: number,
): readonly (Permits | undefined)[] {
  const { prefix, sentMs, marginMs } = trip;
  const counts = trip.asks.map(({ cost }, index) => (decisions[index]?.allowed ? cost : 0));
  const all = {
    prefix,
    from: 0,
    count: 0,
    usableUntilMs: sentMs + marginMs,
    goneAtMs: nowMs + windowMs + marginMs,
  };
  let from = 0;
  return [...counts, spare].map((count) => {
    if (count === 0) return undefined;
    from += count;
    return part(all, from - count, count);
  });
}

function micro(ms: number): number {
  return Math.ceil(ms * 1_000);
}
