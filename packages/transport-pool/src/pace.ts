/** How long an attempt is waited for before another is started beside it (RFC 8305 section 5). */
export const patienceMs = 250;

/** The most openings side by side that a burst grows to. */
const mostAtOnce = 256;

/**
 * When a key may be dialled. A cold one once at a time; with every success, and whenever a dial takes long, four times as often,
 * so that a burst neither waits long nor dials for each of its calls.
 */
export class DialThrottle {
  #atOnce = 1;
  #startedAtMs = Number.NEGATIVE_INFINITY;

  /** A dial or a probe was started. */
  started(nowMs: number): void {
    this.#startedAtMs = nowMs;
  }

  /** A dial succeeded, or takes long. */
  quicken(): void {
    this.#atOnce = Math.min(this.#atOnce * 4, mostAtOnce);
  }

  failed(): void {
    this.#atOnce = 1;
  }

  /** Milliseconds until one more opening may start beside so many; 0: now. */
  waitMs(openings: number, nowMs: number): number {
    return openings < this.#atOnce ? 0 : this.patienceMs(nowMs);
  }

  /** Milliseconds for which what was started last is waited for. */
  patienceMs(nowMs: number): number {
    return Math.max(0, this.#startedAtMs + patienceMs - nowMs);
  }
}
