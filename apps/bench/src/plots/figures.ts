import type { Point } from "../measurement.ts";

/** The part of the JSON report that the plots need: points (x, y) by the name of their line. */
export interface PlottedReport {
  readonly series: Readonly<Record<string, readonly (readonly [number, number])[]>>;
}

/** "Outsock" is the subject of the plot, "raw ws" the baseline. */
export interface PlotLine {
  readonly name: "raw ws" | "Outsock";
  readonly points: readonly Point[];
}

/** The content of a plot, without its colours. */
export interface Figure {
  /** The first part of its file names. */
  readonly id: string;
  readonly title: string;
  readonly x: {
    readonly title: string;
    /** "doubling": a logarithmic axis with base 2. "ordered": all x values at the same distance. */
    readonly spacing: "doubling" | "ordered";
    readonly labelOf: (x: number) => string;
  };
  /** A logarithmic axis. The format is a d3-format specifier. */
  readonly y: { readonly title: string; readonly format: string };
  /** The second line is drawn on top of the first. */
  readonly lines: readonly [PlotLine, PlotLine];
}

/** Both lines of a figure, each from left to right. */
function linesOf(report: PlottedReport, id: string): Figure["lines"] {
  return [lineOf(report, id, "raw ws"), lineOf(report, id, "Outsock")];
}

function lineOf({ series }: PlottedReport, id: string, name: PlotLine["name"]): PlotLine {
  const key = `${id}/${name}`;
  const points = series[key] ?? [];
  if (points.length === 0)
    throw new Error(`The report has no series "${key}": measure it with "bench ${id}"`);
  for (const [x, y] of points) {
    if (!isDrawable(x) || !isDrawable(y)) {
      throw new Error(`The series "${key}" has the point (${x}, ${y}): both must be numbers above 0`);
    }
  }
  return { name, points: points.toSorted(([a], [b]) => a - b) };
}

function isDrawable(value: number): boolean {
  return Number.isFinite(value) && value > 0;
}

/** Microseconds of one send and receive, by percentile, with the percentiles at equal distances. */
export function latencyFigure(report: PlottedReport): Figure {
  return {
    id: "latency",
    title: "How long one send + receive takes",
    x: { title: "percentile of the round trips", spacing: "ordered", labelOf: percentile },
    y: { title: "microseconds (log scale)", format: "," },
    lines: linesOf(report, "latency"),
  };
}

function percentile(share: number): string {
  return share === 0.5 ? "p50 (median)" : `p${Number((share * 100).toPrecision(6))}`;
}

/** Messages per second, by the number sent in one tick. */
export function sendsFigure(report: PlottedReport): Figure {
  return {
    id: "sends",
    title: "How many messages leave in a second",
    x: { title: "messages sent in one tick of the event loop", spacing: "doubling", labelOf: String },
    y: { title: "messages per second (log scale)", format: "~s" },
    lines: linesOf(report, "sends"),
  };
}
