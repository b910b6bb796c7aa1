/** What stands for every value that came after the last that was let in. */
export const other = "other";

/** Lets the first so many different values be a label's values: each one is a time series for as long as the process lives. */
export class BoundedLabels {
  readonly #limit: number;
  readonly #known: Set<string> = new Set();

  constructor(limit: number) {
    this.#limit = limit;
  }

  of(value: string): string {
    if (this.#known.has(value)) return value;
    if (this.#known.size >= this.#limit) return other;
    this.#known.add(value);
    return value;
  }
}
