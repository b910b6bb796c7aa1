import type { Line } from "./figure.ts";
import { logPlace } from "./log-scale.ts";

const gap = 19;

/** How far from the upper end of the axis each line's name is written, next to its last point; in pixels. */
export function labelPlaces(lines: readonly [Line, Line], ticks: readonly number[], length: number) {
  const [first, second] = lines;
  return apart(logPlace(lastOf(first), ticks, length), logPlace(lastOf(second), ticks, length));
}

/** Where the names would touch, each gives way by the same distance. */
function apart(first: number, second: number): readonly [number, number] {
  if (Math.abs(first - second) >= gap) return [first, second];
  const middle = (first + second) / 2;
  const half = first < second ? gap / 2 : -gap / 2;
  return [middle - half, middle + half];
}

function lastOf({ points }: Line): number {
  return points.at(-1)?.[1] ?? Number.NaN;
}
