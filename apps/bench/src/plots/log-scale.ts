const closeSteps = [1, 1.5, 2, 3, 5, 7];
const wideSteps = [1, 2, 5];

/**
 * Round numbers for a logarithmic axis, all values between the first and the last of them. The values have to be
 * above 0.
 */
export function logTicks(values: readonly number[]): readonly number[] {
  const lowest = Math.min(...values);
  const highest = Math.max(...values);
  const steps = highest / lowest > 20 ? wideSteps : closeSteps;
  const decades = Math.ceil(Math.log10(highest / lowest)) + 3;
  const firstDecade = Math.floor(Math.log10(lowest)) - 1;
  const rounds = Array.from({ length: decades }, (_, index) => 10 ** (firstDecade + index)).flatMap(
    (decade) => steps.map((step) => step * decade),
  );
  const first = rounds.findLastIndex((round) => round < lowest);
  const last = rounds.findIndex((round) => round > highest);
  return rounds.slice(first, last + 1);
}

/** How far a value is from the upper end of a logarithmic axis; in pixels, as is the axis's length. */
export function logPlace(value: number, [first = 1, ...rest]: readonly number[], length: number): number {
  const last = rest.at(-1) ?? first;
  return (length * Math.log(last / value)) / Math.log(last / first);
}
