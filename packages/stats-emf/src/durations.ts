/** EMF takes up to 100 values of a metric, and Powertools writes a line of its own at the hundredth. */
const mostValues = 99;
/** Neighbouring values that are told as one differ by no more than this. */
const width = Math.log(1.04);
const shortestMs = 0.001;

/**
 * How long things took, in bounded memory: up to 99 durations as they are, more of them as a histogram whose buckets are 4 percent
 * wide, so that what is told of one is off by 2 percent at most.
 */
export class Durations {
  #count = 0;
  #minMs = Number.POSITIVE_INFINITY;
  #maxMs = 0;
  #exact: number[] | undefined = [];
  readonly #buckets: Map<number, number> = new Map();

  add(ms: number): void {
    this.#count += 1;
    if (ms < this.#minMs) this.#minMs = ms;
    if (ms > this.#maxMs) this.#maxMs = ms;
    if (this.#exact === undefined) return this.#toBucket(ms);
    this.#exact.push(ms);
    if (this.#exact.length <= mostValues) return;
    for (const one of this.#exact) this.#toBucket(one);
    this.#exact = undefined;
  }

  /**
   * Up to 99 values, in milliseconds, with the same minimum, maximum and percentiles: each stands for the same share of the durations.
   */
  values(): number[] {
    if (this.#exact !== undefined) return this.#exact.map(rounded);
    const ascending = [...this.#buckets].sort(([one], [another]) => one - another);
    const values: number[] = [];
    let passed = 0;
    for (const [index, count] of ascending) {
      passed += count;
      const middleMs = Math.exp((index - 0.5) * width);
      const ms = rounded(Math.min(this.#maxMs, Math.max(this.#minMs, middleMs)));
      while (values.length < mostValues && this.#rank(values.length) < passed) values.push(ms);
    }
    values[0] = rounded(this.#minMs);
    values[mostValues - 1] = rounded(this.#maxMs);
    return values;
  }

  /** Which of all durations, from the shortest on, stands at that place. */
  #rank(place: number): number {
    return ((place + 0.5) / mostValues) * this.#count;
  }

  #toBucket(ms: number): void {
    const index = Math.ceil(Math.log(Math.max(ms, shortestMs)) / width);
    this.#buckets.set(index, (this.#buckets.get(index) ?? 0) + 1);
  }
}

/** To a microsecond: more digits are only a longer line. */
function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
