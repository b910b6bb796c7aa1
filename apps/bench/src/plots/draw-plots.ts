import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { type Figure, latencyFigure, type PlotLine, type PlottedReport, sendsFigure } from "./figures.ts";
import { specOf } from "./spec.ts";
import { themes } from "./themes.ts";

/**
 * Draws the plots. The result maps file names (`sends-light.svg`, `sends-dark.svg`, `latency-light.svg`,
 * `latency-dark.svg`) to SVG. The same report always gives the same plots. Throws if a series is missing, or has a point
 * that a logarithmic axis cannot show.
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

/** Renders one plot. Its description lists the points, for screen readers. */
async function svgOf(figure: Figure, spec: TopLevelSpec): Promise<string> {
  const view = new View(parse(compile(spec).spec), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  const { id } = figure;
  const open = `<svg role="img" aria-labelledby="${id}-title ${id}-desc" `;
  const title = `<title id="${id}-title">${escaped(`${figure.title}: Outsock and raw ws`)}</title>`;
  const desc = `<desc id="${id}-desc">${escaped(describe(figure))}</desc>`;
  return `${svg.replace("<svg ", open).replace(">", `>${title}${desc}`)}\n`;
}

function describe({ x, y, lines }: Figure): string {
  const pointsOf = ({ name, points }: PlotLine) =>
    `${name}: ${points.map(([place, value]) => `${x.labelOf(place)}: ${rounded(value)}`).join("; ")}.`;
  return `A line plot. Across: ${x.title}. Up: ${y.title}. ${lines.map(pointsOf).join(" ")}`;
}

function rounded(value: number): string {
  return value.toLocaleString("en-US", { maximumSignificantDigits: 3 });
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
