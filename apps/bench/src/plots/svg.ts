import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { Figure, Line } from "./figure.ts";

/** Draws without a screen. The points are in the description too, for those who cannot see them. */
export async function svgOf(figure: Figure, spec: TopLevelSpec): Promise<string> {
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
  const pointsOf = ({ name, points }: Line) =>
    `${name}: ${points.map(([place, value]) => `${x.labelOf(place)}: ${rounded(value)}`).join("; ")}.`;
  return `A line plot. Across: ${x.title}. Up: ${y.title}. ${lines.map(pointsOf).join(" ")}`;
}

function rounded(value: number): string {
  return value.toLocaleString("en-US", { maximumSignificantDigits: 3 });
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
