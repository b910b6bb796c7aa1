import type { Batch } from "./batch.ts";
import type { LimiterSettings } from "./limiter-options.ts";

/** An overdue reply is waited for at most this many times `retryMs`. */
const mostRetryPauses = 10;

/** Whether Redis answers. While it does not, one batch is tried after each pause of `retryMs`. */
export class Availability {
  readonly #settings: LimiterSettings;
  #failedAtMs: number | undefined;
  #failedCount = 0;
  #lastError: unknown;
  /** A batch that timed out. Its command may still be in the client's queue, where a second one would not help. */
  #overdue: Batch | undefined;

  constructor(settings: LimiterSettings) {
    this.#settings = settings;
  }

  get isUp(): boolean {
    return this.#failedAtMs === undefined;
  }

  /** How often Redis became unavailable. */
  get failedCount(): number {
    return this.#failedCount;
  }

  get lastError(): unknown {
    return this.#lastError;
  }

  /** Whether a batch may be tried. */
  mayTry(nowMs: number): boolean {
    if (this.#failedAtMs === undefined) return true;
    if (nowMs - this.#failedAtMs < this.#settings.retryMs) return false;
    return (
      this.#overdue === undefined || nowMs - this.#overdue.sentMs >= mostRetryPauses * this.#settings.retryMs
    );
  }

  /** When a refused call may try again. */
  retryAfterMs(nowMs: number): number {
    const { retryMs } = this.#settings;
    const leftMs = (this.#failedAtMs ?? nowMs) + retryMs - nowMs;
    return leftMs > 0 ? leftMs : retryMs;
  }

  failed(error: unknown, nowMs: number, overdue?: Batch): void {
    if (this.isUp) this.#failedCount += 1;
    this.#failedAtMs = nowMs;
    this.#lastError = error;
    if (overdue !== undefined) this.#overdue = overdue;
  }

  /** A reply came in time. */
  answered(): void {
    this.#failedAtMs = undefined;
    this.#overdue = undefined;
  }

  /** A batch that timed out has succeeded or failed after all. */
  ended(batch: Batch): void {
    if (this.#overdue === batch) this.#overdue = undefined;
  }
}
