import type { AcquireOptions, RateDecision, RateLimiter, RateUsage } from "@outsock/core";
import { PendingAcquire } from "./batch.ts";
import { BatchRunner } from "./batch-runner.ts";
import { type DecisionCounters, DecisionMaker, Grant } from "./decisions.ts";
import { type LimiterSettings, type RedisLimiterOptions, resolveLimiterSettings } from "./limiter-options.ts";
import { LimiterState } from "./limiter-state.ts";
import { slicePermits } from "./permit-lease.ts";
import { type RedisClient, type RunScript, scriptsOf } from "./redis-client.ts";
import { resetScript } from "./scripts.ts";

/** What a limiter has done since it was created. */
export interface RedisLimiterStats extends DecisionCounters {
  /** Batches sent, each one run of the script: fewer than decisions where calls share a batch or use a lease. */
  readonly batchesCount: number;
  /** Permits that were leased, or came with a late reply, and were not used in time. */
  readonly expiredPermitsCount: number;
  /** How often Redis became unavailable. */
  readonly unavailableCount: number;
  /** Whether Redis answered the last batch in time. */
  readonly available: boolean;
  /** The error of the last failed batch, as the client threw it. It may contain the server's address. */
  readonly lastError?: unknown;
}

/** A rate limit that processes share. */
export interface RedisLimiter extends RateLimiter {
  /**
   * Forgets all permits given so far, **by every process** that uses the key: each may use the whole limit again at once. This process
   * forgets what it keeps even when Redis does not answer within `commandTimeoutMs`; the promise then rejects.
   */
  reset(): Promise<void>;
  getStats(): RedisLimiterStats;
}

/**
 * An exact sliding window in Redis or Valkey, shared by all processes that use the same key with the same options: no half-open window
 * of `windowMs` on the server's clock has more than `limit` permits. Calls made while a batch is in flight go together in the next one,
 * in order. With a `lease`, each batch takes some permits in advance; they are given synchronously, without a promise.
 *
 * It never rejects because of Redis: when Redis does not answer within `commandTimeoutMs`, `onUnavailable` decides, and the decision's
 * `source` is "fallback". Only an aborted signal rejects, with its reason. You keep control of the client: connect it, handle its
 * errors, close it. The limiter keeps the process alive only while a call waits for its decision.
 *
 * @throws TypeError for a client without script methods, for unknown options, for options of the wrong type, and for options that
 * contradict each other.
 *
 * @example
 * const client = await createClient({ url: "redis://localhost" }).on("error", report).connect();
 * const rateLimiter = redisLimiter(client, { key: "outsock:limit", limit: 300 });
 * const manager = createWebSocketManager({ transport: wsTransport(), rateLimiter });
 */
export function redisLimiter(client: RedisClient, options: RedisLimiterOptions): RedisLimiter {
  const run = scriptsOf(client);
  return new SharedWindowLimiter(run, resolveLimiterSettings(options));
}

class SharedWindowLimiter implements RedisLimiter {
  readonly #run: RunScript;
  readonly #state: LimiterState;
  readonly #decisions: DecisionMaker;
  readonly #batches: BatchRunner;

  constructor(run: RunScript, settings: LimiterSettings) {
    this.#run = run;
    this.#state = new LimiterState(settings);
    this.#decisions = new DecisionMaker(this.#state);
    this.#batches = new BatchRunner(this.#state, run, this.#decisions);
  }

  acquire(cost: number, options?: AcquireOptions): RateDecision | Promise<RateDecision> {
    if (!Number.isSafeInteger(cost) || cost < 1)
      throw new TypeError(`cost is ${cost}, it must be a positive integer`);
    const { reserve = 0, signal } = options ?? {};
    if (!Number.isSafeInteger(reserve) || reserve < 0)
      throw new TypeError(`reserve is ${reserve}, it must be 0 or a positive integer`);
    if (signal?.aborted) return Promise.reject(signal.reason);
    // Not the caller's reading: that may come from another clock, or be older than a lease.
    const nowMs = this.#state.settings.clock.now();
    const decision = this.#batches.isQueued
      ? undefined
      : this.#decisions.decideLocally(cost, reserve, nowMs, this.#batches.canSend(nowMs));
    if (decision !== undefined) return decision;
    const acquire = new PendingAcquire(cost, reserve, signal);
    this.#batches.add(acquire, nowMs);
    return acquire.decision;
  }

  refund(cost: number, { grant }: RateDecision): void {
    const state = this.#state;
    if (!(grant instanceof Grant) || !grant.redeem(state) || grant.generation !== state.generation) return;
    const nowMs = state.settings.clock.now();
    state.window.uncount(cost, grant.counted);
    state.refusals.clear();
    if (grant.unreported !== undefined) state.unreported.remove(grant.unreported, cost);
    let left = cost;
    for (const permits of grant.permits) {
      if (left > 0) state.putBack(slicePermits(permits, 0, Math.min(left, permits.count)), nowMs);
      left -= permits.count;
    }
    if (state.lease.hasReturns) this.#batches.flushSoon();
  }

  usage(): RateUsage {
    const { settings, window, sharedUsage, lease } = this.#state;
    const { clock, limit, windowMs } = settings;
    const nowMs = clock.now();
    const used = Math.max(window.used(nowMs), sharedUsage.used(nowMs) - lease.left(nowMs));
    return { used, limit, windowMs };
  }

  reset(): Promise<void> {
    this.#state.reset();
    return resetKey(this.#run, this.#state.settings);
  }

  getStats(): RedisLimiterStats {
    const { lease, availability } = this.#state;
    const { isUp, failedCount, lastError } = availability;
    const stats = {
      ...this.#decisions.counters,
      batchesCount: this.#batches.sentCount,
      expiredPermitsCount: lease.expiredCount,
      unavailableCount: failedCount,
      available: isUp,
    };
    return lastError === undefined ? stats : { ...stats, lastError };
  }
}

/** Deletes the key. Rejects when that fails or takes longer than a batch may. */
function resetKey(run: RunScript, settings: LimiterSettings): Promise<void> {
  const { key, clock, commandTimeoutMs } = settings;
  return new Promise((resolve, reject) => {
    const timer = clock.schedule(commandTimeoutMs, () =>
      reject(new Error(`the limit was not reset: Redis did not answer within ${commandTimeoutMs} ms`)),
    );
    run(resetScript, key, []).then(
      () => {
        timer.cancel();
        resolve();
      },
      (cause) => {
        timer.cancel();
        reject(new Error("the limit was not reset: Redis failed", { cause }));
      },
    );
  });
}
