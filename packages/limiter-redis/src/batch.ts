import type { RateDecision } from "@outsock/core";
import type { LimiterSettings } from "./limiter-options.ts";
import { type Permits, slicePermits } from "./permit-lease.ts";
import type { UnreportedEntry } from "./unreported-usage.ts";

/** A call of `acquire` that waits for a batch. Settled once, by a decision or by its signal. */
export class PendingAcquire {
  readonly cost: number;
  readonly reserve: number;
  readonly decision: Promise<RateDecision>;
  #hasBeenLate = false;
  #settled = false;
  #resolve: (decision: RateDecision) => void = () => {};
  #reject: (reason: unknown) => void = () => {};
  readonly #signal: AbortSignal | undefined;
  readonly #abort: () => void;

  constructor(cost: number, reserve: number, signal: AbortSignal | undefined) {
    this.cost = cost;
    this.reserve = reserve;
    this.decision = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#signal = signal;
    this.#abort = () => {
      this.#end();
      this.#reject(signal?.reason);
    };
    signal?.addEventListener("abort", this.#abort);
  }

  get isSettled(): boolean {
    return this.#settled;
  }

  resolve(decision: RateDecision): void {
    this.#end();
    this.#resolve(decision);
  }

  /** Its reply came too late to be used. Returns whether that is the first time. */
  markLate(): boolean {
    const isFirst = !this.#hasBeenLate;
    this.#hasBeenLate = true;
    return isFirst;
  }

  #end(): void {
    this.#settled = true;
    this.#signal?.removeEventListener("abort", this.#abort);
  }
}

/** What goes to Redis with one run of the script. */
export interface Batch {
  /** Begins the names of its permits. */
  readonly prefix: string;
  readonly acquires: readonly PendingAcquire[];
  readonly returns: readonly Permits[];
  readonly unreported: readonly UnreportedEntry[];
  /** Permits to take in advance, for the lease. */
  readonly spare: number;
  readonly sentMs: number;
  /** How long after `sentMs` its permits may be used. */
  readonly marginMs: number;
  /** The limiter's generation when it was sent. */
  readonly generation: number;
}

/** The script's reply, in milliseconds. */
export interface BatchReply {
  readonly decisions: readonly {
    readonly allowed: boolean;
    readonly retryAfterMs?: number;
    readonly free: number;
  }[];
  readonly spare: number;
  readonly used: number;
  readonly resetAfterMs: number;
}

/** The script's arguments. */
export function encodeBatch(
  batch: Batch,
  { limit, windowMs, leaseMs, commandTimeoutMs }: LimiterSettings,
): string[] {
  const { prefix, acquires, returns, unreported, spare, marginMs, sentMs } = batch;
  const longestMarginMs = Math.max(leaseMs, leaseMs > 0 ? commandTimeoutMs : 0);
  const values = [limit, toMicros(windowMs), toMicros(marginMs), toMicros(longestMarginMs), prefix, spare];
  values.push(returns.length, unreported.length);
  for (const permits of returns) values.push(permits.prefix, permits.from, permits.count);
  for (const entry of unreported)
    values.push(entry.prefix, Math.max(0, Math.floor((sentMs - entry.atMs) * 1_000)), entry.count);
  for (const { cost, reserve } of acquires) values.push(cost, reserve);
  return values.map(String);
}

/** @throws TypeError for a reply that the script cannot have made. */
export function decodeReply(reply: unknown, batch: Batch): BatchReply {
  const numbers = Array.isArray(reply) ? reply.map(Number) : [];
  if (numbers.length !== 3 + 2 * batch.acquires.length || !numbers.every(Number.isSafeInteger)) {
    throw new TypeError("Redis returned an invalid reply");
  }
  const [spare = 0, used = 0, resetAfter = 0] = numbers;
  const decisions = batch.acquires.map((_, index) => {
    const wait = numbers[3 + 2 * index] ?? -1;
    const free = numbers[4 + 2 * index] ?? 0;
    return wait > 0 ? { allowed: false, retryAfterMs: wait / 1_000, free } : { allowed: wait === 0, free };
  });
  return { decisions, spare, used, resetAfterMs: resetAfter / 1_000 };
}

/** The permits of each acquire, in order, and last those taken in advance. */
export function permitsOf(
  batch: Batch,
  { decisions, spare }: BatchReply,
  nowMs: number,
  windowMs: number,
): readonly (Permits | undefined)[] {
  const { prefix, sentMs, marginMs } = batch;
  const counts = batch.acquires.map(({ cost }, index) => (decisions[index]?.allowed ? cost : 0));
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
    return slicePermits(all, from - count, count);
  });
}

function toMicros(ms: number): number {
  return Math.ceil(ms * 1_000);
}
