/** What a limiter did since it was made. */
export interface RedisLimiterStats {
  /** Scripts run, which is less than decisions where calls share a trip or use a lease. */
  readonly tripsCount: number;
  /** Decisions of Redis, admitted or refused. */
  readonly remoteCount: number;
  /** Admitted from a lease, without a trip. */
  readonly leasedCount: number;
  /** Refused without a trip, because Redis had refused as much for a time that was not over. */
  readonly rememberedCount: number;
  /** Decided by `onUnavailable`, admitted or refused. */
  readonly fallbackCount: number;
  /** Refusals of every kind. */
  readonly refusedCount: number;
  /** Permits that were leased, or whose answer came late, and that nobody used in time. */
  readonly expiredPermitsCount: number;
  /** How often Redis became unavailable. */
  readonly unavailableCount: number;
  /** Whether the last trip was answered in time. */
  readonly available: boolean;
  /** What the last trip that failed failed with, as the client threw it; it may name the server's address. */
  readonly lastError?: unknown;
}

/** The counters among them that decisions move. */
export interface Tally {
  remoteCount: number;
  leasedCount: number;
  rememberedCount: number;
  fallbackCount: number;
  refusedCount: number;
}

export function newTally(): Tally {
  return { remoteCount: 0, leasedCount: 0, rememberedCount: 0, fallbackCount: 0, refusedCount: 0 };
}
