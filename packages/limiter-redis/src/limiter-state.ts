import { randomBytes } from "node:crypto";
import { Availability } from "./availability.ts";
import { LocalWindow } from "./fallback.ts";
import type { LimiterSettings } from "./limiter-options.ts";
import { PermitLease, type Permits } from "./permit-lease.ts";
import { UnreportedUsage } from "./unreported-usage.ts";

/** What one limiter knows. */
export class LimiterState {
  readonly settings: LimiterSettings;
  /** The prefix of the names of its permits, different in every process. */
  readonly owner: string = randomBytes(9).toString("base64url");
  readonly availability: Availability;
  readonly lease: PermitLease = new PermitLease();
  readonly refusals: RefusalCache = new RefusalCache();
  readonly window: LocalWindow;
  readonly unreported: UnreportedUsage;
  readonly sharedUsage: SharedUsage;
  #slowUntilMs = Number.NEGATIVE_INFINITY;
  #generation = 0;

  constructor(settings: LimiterSettings) {
    const { limit, windowMs } = settings;
    this.settings = settings;
    this.availability = new Availability(settings);
    this.window = new LocalWindow(settings);
    this.unreported = new UnreportedUsage(this.owner, windowMs, limit);
    this.sharedUsage = new SharedUsage(limit);
  }

  /** The number of resets so far. What belongs to an earlier generation no longer counts. */
  get generation(): number {
    return this.#generation;
  }

  /** Whether replies are expected to take longer than `leaseMs`. */
  isSlow(nowMs: number): boolean {
    return nowMs < this.#slowUntilMs;
  }

  expectSlowReplies(untilMs: number): void {
    this.#slowUntilMs = untilMs;
  }

  /** Keeps unused permits: they are leased while they may be used, and otherwise go back to Redis. */
  putBack(permits: Permits, nowMs: number): void {
    if (nowMs < permits.usableUntilMs) this.lease.add(permits);
    else this.lease.giveBack(permits);
  }

  /** Starts a new generation. */
  reset(): void {
    this.#generation += 1;
    this.lease.clear();
    this.unreported.clear();
    this.window.clear();
    this.refusals.clear();
    this.sharedUsage.clear();
  }
}

/** How much of the limit all processes have used, as of Redis' last reply. */
class SharedUsage {
  readonly #limit: number;
  #used = 0;
  #atMs = 0;
  #resetAtMs = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  update(used: number, resetAfterMs: number, nowMs: number): void {
    this.#used = used;
    this.#atMs = nowMs;
    this.#resetAtMs = nowMs + resetAfterMs;
  }

  /** Permits that no process had taken. */
  get free(): number {
    return Math.max(0, this.#limit - this.#used);
  }

  resetAfterMs(nowMs: number): number {
    return Math.max(0, this.#resetAtMs - nowMs);
  }

  /** An estimate of how many permits still count, as if they had been taken evenly. */
  used(nowMs: number): number {
    if (nowMs >= this.#resetAtMs) return 0;
    const left = (this.#resetAtMs - nowMs) / (this.#resetAtMs - this.#atMs);
    return Math.min(this.#limit, Math.ceil(this.#used * left));
  }

  clear(): void {
    this.#used = 0;
    this.#resetAtMs = 0;
  }
}

/** What a call that is refused from the cache gets. */
interface CachedRefusal {
  readonly retryAfterMs: number;
  readonly free: number;
}

interface RefusalEntry {
  /** Until when it holds. */
  readonly untilMs: number;
  readonly permittedAtMs: number;
  readonly free: number;
}

/** The number of different needs to remember. Usually there are two: that of a request and that of everything else. */
const mostRefusals = 16;

/**
 * What Redis refused: until the wait is over, a call that needs as many permits is refused without asking Redis. An entry ends when the
 * wait is over counted from when the batch was sent, so it never refuses for too long; the `retryAfterMs` of a refusal counts from when
 * the reply arrived, so it is always long enough.
 */
class RefusalCache {
  readonly #refusals: Map<number, RefusalEntry> = new Map();

  /** For at most `mostMs`: another process may give permits back, and Redis may lose its data. */
  add(
    needed: number,
    { retryAfterMs, free }: CachedRefusal,
    { sentMs, nowMs, mostMs }: { readonly sentMs: number; readonly nowMs: number; readonly mostMs: number },
  ): void {
    if (this.#refusals.size >= mostRefusals) this.#refusals.clear();
    const untilMs = sentMs + Math.min(retryAfterMs, mostMs);
    this.#refusals.set(needed, { untilMs, permittedAtMs: nowMs + retryAfterMs, free });
  }

  find(needed: number, nowMs: number): CachedRefusal | undefined {
    const refusal = this.#refusals.get(needed);
    if (refusal === undefined || nowMs >= refusal.untilMs) return undefined;
    const { permittedAtMs, free } = refusal;
    // Rounded up to the next number when the difference of two floats falls short of the moment it stands for.
    const waitMs = permittedAtMs - nowMs;
    const retryAfterMs = nowMs + waitMs < permittedAtMs ? waitMs + permittedAtMs * Number.EPSILON : waitMs;
    return { retryAfterMs, free };
  }

  /** Permits were taken or came back, so that every wait has changed. */
  clear(): void {
    this.#refusals.clear();
  }
}
