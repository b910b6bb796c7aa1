import type { PlottedReport } from "./draw-plots.ts";
import { type Figure, linesOf } from "./figure.ts";

/** Microseconds of one send and receive, by percentile; the rare slow ones get as much room as all others. */
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
