import { checkLimit, checkOptions, checkPositiveNumber, shape } from "../options/checks.ts";
import type { Clock } from "../ports/clock.ts";
import type { AcquireOptions, RateDecision, RateLimiter, RateUsage } from "../ports/rate-limiter.ts";
import { systemClock } from "../time/system-clock.ts";

export interface SlidingWindowOptions {
  /** Permits in a window, at most 10 million. Default 300. */
  readonly limit?: number | undefined;
  /** Length of the window in milliseconds. Default 1000. */
  readonly windowMs?: number | undefined;
  /** Default: the time that the manager passes, else the system's monotonic clock. */
  readonly clock?: Clock | undefined;
}

const slidingWindowChecks = {
  limit: checkLimit,
  windowMs: checkPositiveNumber,
  clock: shape("now"),
};

/**
 * An exact sliding window: no half-open window `[t, t + windowMs)` has more than `limit` permits, wherever it starts. It is a ring
 * of timestamps, so a decision costs the same for every limit.
 *
 * @throws TypeError for an unknown option, a limit that is not a positive integer or a window that is not a positive
 * number.
 */
export function slidingWindow(options: SlidingWindowOptions = {}): RateLimiter {
  checkOptions("slidingWindow", slidingWindowChecks, options);
  const { limit = 300, windowMs = 1000, clock } = options;
  return new SlidingWindow(limit, windowMs, clock);
}

class SlidingWindow implements RateLimiter {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #clock: Clock | undefined;
  #ring: Float64Array = new Float64Array(0);
  #oldest = 0;
  #used = 0;
  #latestMs = Number.NEGATIVE_INFINITY;
  /** Permits given until then are forgotten already. */
  #resetAtMs = Number.NEGATIVE_INFINITY;

  constructor(limit: number, windowMs: number, clock: Clock | undefined) {
    this.#limit = limit;
    this.#windowMs = windowMs;
    this.#clock = clock;
  }

  acquire(cost: number, options?: AcquireOptions): RateDecision {
    if (!Number.isSafeInteger(cost) || cost < 1)
      throw new TypeError(`cost is ${cost}, it must be a positive integer`);
    const nowMs = this.#advance(options?.now);
    const limit = this.#limit;
    const needed = cost + (options?.reserve ?? 0);
    const allowed = limit - this.#used >= needed;
    if (allowed) {
      this.#take(cost);
      // Exact, and without the arithmetic: what is taken now is free after a window.
      const resetAfterMs =
        this.#latestMs === nowMs ? this.#windowMs : this.#freeAfterMs(this.#used - 1, nowMs);
      const remaining = limit - this.#used;
      return { allowed, limit, remaining, resetAfterMs, source: "local", grant: this.#latestMs };
    }
    const remaining = limit - this.#used;
    const resetAfterMs = this.#used === 0 ? 0 : this.#freeAfterMs(this.#used - 1, nowMs);
    if (needed > limit) return { allowed, limit, remaining, resetAfterMs, source: "local" };
    const retryAfterMs = this.#freeAfterMs(needed - remaining - 1, nowMs);
    return { allowed, limit, remaining, retryAfterMs, resetAfterMs, source: "local" };
  }

  /** Permits of the same moment are alike; mostly they are the newest. */
  refund(cost: number, { grant }: RateDecision): void {
    if (typeof grant !== "number" || grant <= this.#resetAtMs) return;
    let last = this.#used - 1;
    while (last >= 0 && this.#at(last) > grant) last -= 1;
    let kept = last;
    while (kept >= 0 && last - kept < cost && this.#at(kept) === grant) kept -= 1;
    const refunded = last - kept;
    for (let later = last + 1; later < this.#used; later += 1) {
      this.#ring[this.#place(later - refunded)] = this.#at(later);
    }
    this.#used -= refunded;
  }

  usage(options?: { readonly now?: number }): RateUsage {
    this.#advance(options?.now);
    return { used: this.#used, limit: this.#limit, windowMs: this.#windowMs };
  }

  reset(): void {
    this.#used = 0;
    this.#resetAtMs = this.#latestMs;
  }

  /**
   * Lets what is older than the window fall out. A clock that goes back never admits more: timestamps stay as they
   * are. If it went back by more than a window, they count from now, so that the limiter is not shut for that long.
   */
  #advance(reading: number | undefined): number {
    const nowMs = this.#clock?.now() ?? reading ?? systemClock.now();
    if (this.#latestMs - nowMs > this.#windowMs) {
      this.#ring.fill(nowMs);
      this.#latestMs = nowMs;
      this.#resetAtMs = Number.NEGATIVE_INFINITY;
    }
    if (nowMs > this.#latestMs) this.#latestMs = nowMs;
    while (this.#used > 0 && this.#at(0) + this.#windowMs <= nowMs) {
      this.#oldest = this.#place(1);
      this.#used -= 1;
    }
    return nowMs;
  }

  #take(cost: number): void {
    if (this.#ring.length === 0) this.#ring = new Float64Array(this.#limit);
    for (let taken = 0; taken < cost; taken += 1) {
      this.#ring[this.#place(this.#used)] = this.#latestMs;
      this.#used += 1;
    }
  }

  #at(position: number): number {
    return this.#ring[this.#place(position)] ?? 0;
  }

  /** Where in the ring; not by division, which would cost more than all the rest. */
  #place(position: number): number {
    const place = this.#oldest + position;
    return place < this.#limit ? place : place - this.#limit;
  }

  /** Rounded up to the next number when the difference of two floats falls short of the moment it stands for. */
  #freeAfterMs(position: number, nowMs: number): number {
    const freeAtMs = this.#at(position) + this.#windowMs;
    const waitMs = freeAtMs - nowMs;
    return nowMs + waitMs >= freeAtMs ? waitMs : waitMs + freeAtMs * Number.EPSILON;
  }
}
