import type { Trip } from "./batch.ts";
import type { LimiterSettings } from "./limiter-options.ts";

/** After so many pauses an answer that never came is waited for no longer. */
const patience = 10;

/** Whether Redis answers. While it does not, one trip is tried after each pause. */
export class Availability {
  readonly #settings: LimiterSettings;
  #failedAtMs: number | undefined;
  #failedCount = 0;
  #lastError: unknown;
  /** It took too long, and its command may still be in the client's queue: one more there would help nobody. */
  #overdue: Trip | undefined;

  constructor(settings: LimiterSettings) {
    this.#settings = settings;
  }

  get isUp(): boolean {
    return this.#failedAtMs === undefined;
  }

  /** How often it fell. */
  get failedCount(): number {
    return this.#failedCount;
  }

  get lastError(): unknown {
    return this.#lastError;
  }

  /** Whether a trip may be tried. */
  mayTry(nowMs: number): boolean {
    if (this.#failedAtMs === undefined) return true;
    if (nowMs - this.#failedAtMs < this.#settings.retryMs) return false;
    return this.#overdue === undefined || nowMs - this.#overdue.sentMs >= patience * this.#settings.retryMs;
  }

  /** When it is worth to ask again. */
  retryAfterMs(nowMs: number): number {
    const { retryMs } = this.#settings;
    const leftMs = (this.#failedAtMs ?? nowMs) + retryMs - nowMs;
    return leftMs > 0 ? leftMs : retryMs;
  }

  failed(error: unknown, nowMs: number, overdue?: Trip): void {
    if (this.isUp) this.#failedCount += 1;
    this.#failedAtMs = nowMs;
    this.#lastError = error;
    if (overdue !== undefined) this.#overdue = overdue;
  }

  /** In time. */
  answered(): void {
    this.#failedAtMs = undefined;
    this.#overdue = undefined;
  }

  /** What was given up has ended, however. */
  ended(trip: Trip): void {
    if (this.#overdue === trip) this.#overdue = undefined;
  }
}
