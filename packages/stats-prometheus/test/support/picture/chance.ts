export interface Chance {
  between(low: number, high: number): number;
  happens(probability: number): boolean;
  exponential(mean: number): number;
  logNormal(median: number, sigma: number): number;
}

/** Random numbers that are the same for the same seed (the minimal standard generator of Park and Miller). */
export function chance(seed: number): Chance {
  let state = (seed % 2_147_483_646) + 1;
  const next = (): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  /** Box and Muller's way from two even numbers to a normal one. */
  const normal = (): number => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
  return {
    between: (low, high) => low + (high - low) * next(),
    happens: (probability) => next() < probability,
    exponential: (mean) => -mean * Math.log(next()),
    logNormal: (median, sigma) => median * Math.exp(sigma * normal()),
  };
}
