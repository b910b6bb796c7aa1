import type { Value } from "./evaluate.ts";
import { keyOf, type Labels } from "./recording.ts";

interface Bucket {
  readonly bound: number;
  readonly count: number;
}

/** As in Prometheus: linear interpolation in the bucket of the rank. Undefined without observations. */
export function histogramQuantile(quantile: number, values: readonly Value[]): Value[] {
  const histograms = new Map<string, { readonly labels: Labels; readonly buckets: Bucket[] }>();
  for (const { labels, value } of values) {
    const { le = "", ...own } = labels;
    const histogram = histograms.get(keyOf(own)) ?? { labels: own, buckets: [] };
    histogram.buckets.push({ bound: le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le), count: value });
    histograms.set(keyOf(own), histogram);
  }
  return [...histograms.values()].flatMap(({ labels, buckets }) => {
    const value = inBuckets(quantile, buckets);
    return value === undefined ? [] : [{ labels, value }];
  });
}

function inBuckets(quantile: number, buckets: Bucket[]): number | undefined {
  buckets.sort((one, another) => one.bound - another.bound);
  const rank = quantile * (buckets.at(-1)?.count ?? 0);
  if (rank === 0) return undefined;
  const at = buckets.findIndex(({ count }) => count >= rank);
  const { bound = 0, count = 0 } = buckets[at] ?? {};
  const below = buckets[at - 1] ?? { bound: 0, count: 0 };
  if (bound === Number.POSITIVE_INFINITY) return below.bound;
  return below.bound + ((bound - below.bound) * (rank - below.count)) / (count - below.count);
}
