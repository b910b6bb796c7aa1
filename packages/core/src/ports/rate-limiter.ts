/** What a {@link RateLimiter} answers. */
export interface RateDecision {
  /** Whether the whole cost was admitted. A refusal takes nothing. */
  readonly allowed: boolean;
  /** Permits in a window. */
  readonly limit: number;
  /** Permits left now. */
  readonly remaining: number;
  /**
   * Milliseconds until the same cost would be admitted if there were no other requests: enough, and no more than needed.
   * Absent when allowed, and when cost and reserve are above the limit, so that they can never be had.
   */
  readonly retryAfterMs?: number;
  /** Milliseconds until every permit is free again without other requests. */
  readonly resetAfterMs: number;
  /** Who decided: this process, a shared store, or this process because the store was not reachable. */
  readonly source: "local" | "remote" | "fallback";
  /** The limiter's own mark of what it gave, for `refund`. */
  readonly grant?: unknown;
}

/** How much of a limit is used at one moment. */
export interface RateUsage {
  readonly used: number;
  readonly limit: number;
  readonly windowMs: number;
}

export interface AcquireOptions {
  /** The manager's clock reading for this operation, so that it is read once. Default: the limiter's own clock. */
  readonly now?: number | undefined;
  /**
   * Permits that must be free still after this: kept for what is more urgent. A limiter that does not know it lets them be
   * used up. Default 0.
   */
  readonly reserve?: number | undefined;
  /** Ends the wait for a remote answer. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Decides whether an operation may run now. It never waits for a permit: waiting is the manager's
 * (`onLimit: { wait }`). A local limiter answers at once, so that the hot path awaits nothing; one that has to
 * ask a store answers with a promise.
 */
export interface RateLimiter {
  /** Asks for `cost` permits (a positive integer) together: all of them or none. */
  acquire(cost: number, options?: AcquireOptions): RateDecision | Promise<RateDecision>;
  /**
   * Takes back what an allowed decision gave, as if it had not been asked for: the permits were not used and will not be.
   * At most once for each decision. What a remote limiter cannot take back just expires.
   */
  refund(cost: number, decision: RateDecision): void;
  /** What counts against the limit now, as far as this process knows. */
  usage(options?: { readonly now?: number }): RateUsage;
  /** Forgets everything counted so far. */
  reset(): void | Promise<void>;
}
