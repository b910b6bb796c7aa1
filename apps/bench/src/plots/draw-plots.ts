import { latencyFigure } from "./latency-figure.ts";
import { sendsFigure } from "./sends-figure.ts";
import { specOf } from "./spec.ts";
import { svgOf } from "./svg.ts";
import { themes } from "./themes.ts";

/** What the plots need of the bench's JSON report: points (x, y) by the name of their line. */
export interface PlottedReport {
  readonly series: Readonly<Record<string, readonly (readonly [number, number])[]>>;
}

/**
 * The plots as the text of SVG files, by file name: `sends-light.svg`, `sends-dark.svg`, `latency-light.svg`,
 * `latency-dark.svg`. They are the same whenever the report is. Throws where a series is missing or has a point that a
 * logarithmic axis cannot show.
 */
export async function drawPlots(report: PlottedReport): Promise<ReadonlyMap<string, string>> {
  const plots = new Map<string, string>();
  for (const figure of [sendsFigure(report), latencyFigure(report)]) {
    for (const theme of themes) {
      plots.set(`${figure.id}-${theme.name}.svg`, await svgOf(figure, specOf(figure, theme)));
    }
  }
  return plots;
}
