/** The position of values on an axis: 0 is the lower end, 1 the upper end. */
export interface Scale {
  readonly ticks: readonly number[];
  place(value: number): number;
}

/** From 0 to a round number above the highest value. */
export function linearScale(values: readonly number[]): Scale {
  const highest = Math.max(...values, 0) || 1;
  const decade = 10 ** Math.floor(Math.log10(highest / 4));
  const step = [1, 2, 5, 10].map((factor) => factor * decade).find((one) => one * 5 >= highest) ?? highest;
  const count = Math.ceil(highest / step);
  const ticks = Array.from({ length: count + 1 }, (_, n) => n * step);
  return { ticks, place: (value) => value / (count * step) };
}

/** From the power of ten below the lowest value to that above the highest. */
export function logScale(values: readonly number[]): Scale {
  const exponents = values.filter((value) => value > 0).map(Math.log10);
  const from = Math.floor(Math.min(...exponents, 0));
  const to = Math.max(Math.ceil(Math.max(...exponents, from)), from + 1);
  const ticks = Array.from({ length: to - from + 1 }, (_, n) => 10 ** (from + n));
  return { ticks, place: (value) => (Math.log10(value) - from) / (to - from) };
}
