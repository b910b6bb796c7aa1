/** When messages came: each not before one moment, and not after another. In the order of their coming. */
export class Arrivals {
  readonly #arrivals: { readonly earliestMs: number; readonly latestMs: number }[] = [];

  get count(): number {
    return this.#arrivals.length;
  }

  note(earliestMs: number, latestMs: number): void {
    this.#arrivals.push({ earliestMs, latestMs });
  }

  /** The most that surely came within one window of this length, wherever it starts. */
  mostWithin(windowMs: number): number {
    const arrivals = this.#arrivals;
    let most = 0;
    let end = 0;
    for (const [start, { earliestMs }] of arrivals.entries()) {
      while (end < arrivals.length && (arrivals[end]?.latestMs ?? 0) < earliestMs + windowMs) end += 1;
      most = Math.max(most, end - start);
    }
    return most;
  }

  /**
   * How many came a second, from the first one to the last that is a multiple of `many` after it. Where they come in bursts of so
   * many, it makes no difference how the count begins and ends.
   */
  rateBy(many: number): number {
    const last = Math.floor((this.#arrivals.length - 1) / many) * many;
    const from = this.#arrivals[0]?.latestMs ?? 0;
    const to = this.#arrivals[last]?.latestMs ?? 0;
    return last <= 0 ? 0 : (last / (to - from)) * 1_000;
  }
}
