import type { Point } from "../measurement.ts";
import type { PlottedReport } from "./draw-plots.ts";

/** "Outsock" is what the plot is about; "raw ws" is what it is held against. */
export interface Line {
  readonly name: "raw ws" | "Outsock";
  readonly points: readonly Point[];
}

/** What a plot shows, without its colours. */
export interface Figure {
  /** How its files' names begin. */
  readonly id: string;
  readonly title: string;
  readonly x: {
    readonly title: string;
    /** "doubling": a logarithmic axis of base 2. "ordered": every x has the same distance to the next. */
    readonly spacing: "doubling" | "ordered";
    readonly labelOf: (x: number) => string;
  };
  /** A logarithmic axis. The format is one of d3-format. */
  readonly y: { readonly title: string; readonly format: string };
  /** The one that is drawn first, and the one above it. */
  readonly lines: readonly [Line, Line];
}

/** Both lines of a figure, each from left to right. */
export function linesOf(report: PlottedReport, id: string): Figure["lines"] {
  return [lineOf(report, id, "raw ws"), lineOf(report, id, "Outsock")];
}

function lineOf({ series }: PlottedReport, id: string, name: Line["name"]): Line {
  const key = `${id}/${name}`;
  const points = series[key] ?? [];
  if (points.length === 0)
    throw new Error(`The report has no series "${key}": measure it with "bench ${id}"`);
  for (const [x, y] of points) {
    if (!isDrawable(x) || !isDrawable(y)) {
      throw new Error(`The series "${key}" has the point (${x}, ${y}): both have to be numbers above 0`);
    }
  }
  return { name, points: points.toSorted(([a], [b]) => a - b) };
}

function isDrawable(value: number): boolean {
  return Number.isFinite(value) && value > 0;
}
