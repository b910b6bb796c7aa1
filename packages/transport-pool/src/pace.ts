/** How long the attempts under way are waited for before one more is started beside them (RFC 8305 section 5). */
const patienceMs = 250;

/** The most openings side by side that a burst grows to. */
const mostAtOnce = 64;

/**
 * When a key may be dialled. A cold one once at a time; every success doubles that, so that a burst neither waits long nor
 * dials for each of its calls. What takes long does not hold up the next.
 */
export class Pace {
  #atOnce = 1;
  #startedAtMs = Number.NEGATIVE_INFINITY;

  started(nowMs: number): void {
    this.#startedAtMs = nowMs;
  }

  succeeded(): void {
    this.#atOnce = Math.min(this.#atOnce * 2, mostAtOnce);
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
