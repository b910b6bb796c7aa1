/** EMF allows 100 values of a metric, and Powertools writes a line at the hundredth. */
const mostValues = 99;
/** The logarithmic width of a bucket. */
const width = Math.log(1.04);
const shortestMs = 0.001;

interface Bucket {
  count: number;
  sumMs: number;
}

/**
 * Durations in bounded memory: up to 99 exact values, more of them as a histogram with buckets that are 4 percent wide.
 */
export class Durations {
  #count = 0;
  #exact: number[] | undefined = [];
  readonly #buckets: Map<number, Bucket> = new Map();

  add(ms: number): void {
    this.#count += 1;
    if (this.#exact === undefined) return this.#toBucket(ms);
    this.#exact.push(ms);
    if (this.#exact.length <= mostValues) return;
    for (const one of this.#exact) this.#toBucket(one);
    this.#exact = undefined;
  }

  /**
   * Up to 99 values in milliseconds. If there were more, they are ascending and each is the mean of a 99th of the durations, so that the
   * average is exact and an outlier among thousands keeps its weight.
   */
  values(): number[] {
    if (this.#exact !== undefined) return this.#exact.map(rounded);
    const ascending = [...this.#buckets]
      .sort(([one], [another]) => one - another)
      .map(([, bucket]) => bucket);
    const share = this.#count / mostValues;
    const values: number[] = [];
    let missing = share;
    let sumMs = 0;
    for (const bucket of ascending) {
      const meanMs = bucket.sumMs / bucket.count;
      let left = bucket.count;
      while (left > 0) {
        const taken = Math.min(left, missing);
        sumMs += taken * meanMs;
        left -= taken;
        missing -= taken;
        // Shares are fractions: ignore what rounding leaves of one.
        if (missing > share * 1e-9) continue;
        values.push(rounded(sumMs / share));
        missing = share;
        sumMs = 0;
        if (left < share * 1e-9) break;
      }
    }
    if (values.length < mostValues) values.push(rounded(sumMs / (share - missing)));
    return values;
  }

  #toBucket(ms: number): void {
    const index = Math.ceil(Math.log(Math.max(ms, shortestMs)) / width);
    const bucket = this.#buckets.get(index);
    if (bucket === undefined) {
      this.#buckets.set(index, { count: 1, sumMs: ms });
    } else {
      bucket.count += 1;
      bucket.sumMs += ms;
    }
  }
}

/** To a microsecond: more digits would only make the line longer. */
function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
