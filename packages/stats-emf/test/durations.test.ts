import { describe, expect, it } from "vitest";
import { Durations } from "../src/durations.ts";

const valuesOf = (durations: Iterable<number>): number[] => {
  const gathered = new Durations();
  for (const ms of durations) gathered.add(ms);
  return gathered.values();
};
const percentile = (values: readonly number[], share: number): number => {
  const ascending = [...values].sort((one, another) => one - another);
  return ascending[Math.min(ascending.length - 1, Math.floor(share * ascending.length))] ?? Number.NaN;
};

/** Reproducible numbers from 0 to 1 (the minimal standard generator of Park and Miller). */
function* randoms(seed: number, count: number): Generator<number> {
  let state = seed;
  for (let n = 0; n < count; n += 1) {
    state = (state * 48_271) % 2_147_483_647;
    yield state / 2_147_483_647;
  }
}

describe("durations", () => {
  it("up to 99 are exact, to a microsecond", () => {
    expect(valuesOf([])).toEqual([]);
    expect(valuesOf([3, 0, 1.234_567_8, 3])).toEqual([3, 0, 1.235, 3]);
    const ascending = Array.from({ length: 99 }, (_, n) => n);
    expect(valuesOf(ascending)).toEqual(ascending);
  });

  const mean = (values: readonly number[]): number => values.reduce((sum, ms) => sum + ms, 0) / values.length;

  it("an outlier among many keeps its weight", () => {
    const took = Array.from({ length: 10_000 }, (_, n) => (n === 5_000 ? 10_000 : 10));
    const values = valuesOf(took);
    expect(mean(values)).toBeCloseTo(mean(took), 1);
    expect(percentile(values, 0.98)).toBe(10);
    expect(values.at(-1)).toBeLessThan(200);
  });

  it.each([100, 101, 1_000, 100_000])("%i become 99 with the same percentiles and average", (count) => {
    const took = [...randoms(count, count)].map((random) => 0.05 * 40_000 ** random);
    const values = valuesOf(took);
    expect(values).toHaveLength(99);
    expect(values).toEqual([...values].sort((one, another) => one - another));
    expect(mean(values) / mean(took)).toBeCloseTo(1, 4);
    for (const share of [0.1, 0.25, 0.5, 0.75, 0.9, 0.95]) {
      const [near, far] = [percentile(took, share - 0.02), percentile(took, share + 0.02)];
      expect(percentile(values, share)).toBeGreaterThan(near * 0.96);
      expect(percentile(values, share)).toBeLessThan(far * 1.04);
    }
  });

  it("of one length only, or of zero, are unchanged", () => {
    expect(new Set(valuesOf(Array.from({ length: 500 }, () => 7)))).toEqual(new Set([7]));
    expect(new Set(valuesOf(Array.from({ length: 500 }, () => 0)))).toEqual(new Set([0]));
  });

  it("take bounded memory", () => {
    const values = valuesOf(Array.from(randoms(7, 200_000), (random) => random * 60_000));
    expect(JSON.stringify(values).length).toBeLessThan(1_200);
  });
});
