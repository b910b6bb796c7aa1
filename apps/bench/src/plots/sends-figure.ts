import type { PlottedReport } from "./draw-plots.ts";
import { type Figure, linesOf } from "./figure.ts";

/** Messages per second, by how many are sent in one tick. */
export function sendsFigure(report: PlottedReport): Figure {
  return {
    id: "sends",
    title: "How many messages leave in a second",
    x: { title: "messages sent in one tick of the event loop", spacing: "doubling", labelOf: String },
    y: { title: "messages per second (log scale)", format: "~s" },
    lines: linesOf(report, "sends"),
  };
}
