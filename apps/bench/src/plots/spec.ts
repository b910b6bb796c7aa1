import type { TopLevelSpec } from "vega-lite";
import { configOf } from "./config.ts";
import { labelPlaces } from "./end-labels.ts";
import type { Figure, Line } from "./figure.ts";
import { logTicks } from "./log-scale.ts";
import type { Theme } from "./themes.ts";

/** 720 x 400 pixels with the padding, which is set by hand: without a canvas Vega can only guess how wide a text is. */
const padding = { left: 60, right: 96, top: 86, bottom: 62 };
const size = { width: 720 - padding.left - padding.right, height: 400 - padding.top - padding.bottom };

/** A figure in the words of Vega-Lite: two lines, each with its name at its end. */
export function specOf(figure: Figure, theme: Theme): TopLevelSpec {
  const { title, lines, y } = figure;
  const points = lines.flatMap((line) => line.points);
  const ticks = logTicks(points.map(([, value]) => value));
  const [first, second] = lines;
  const [firstPlace, secondPlace] = labelPlaces(lines, ticks, size.height);
  return {
    ...size,
    padding,
    autosize: { type: "none" },
    config: configOf(theme),
    title: { text: title },
    encoding: {
      x: horizontal(figure),
      y: {
        field: "y",
        type: "quantitative",
        scale: { type: "log", domain: [ticks.at(0) ?? 1, ticks.at(-1) ?? 1], nice: false },
        axis: { title: y.title, values: [...ticks], format: y.format },
      },
    },
    layer: [...layersOf(figure, first, firstPlace, theme), ...layersOf(figure, second, secondPlace, theme)],
  };
}

function horizontal({ x, lines }: Figure) {
  const places = [...new Set(lines.flatMap(({ points }) => points.map(([place]) => place)))].sort(
    (a, b) => a - b,
  );
  const { title, labelOf } = x;
  if (x.spacing === "ordered") {
    const domain = places.map(labelOf);
    return {
      field: "x",
      type: "ordinal",
      scale: { type: "point", domain, padding: 0 },
      axis: { title },
    } as const;
  }
  const domain = [places.at(0) ?? 1, places.at(-1) ?? 1];
  const scale = { type: "log", base: 2, domain, nice: false } as const;
  return { field: "x", type: "quantitative", scale, axis: { title, values: places, format: "d" } } as const;
}

function layersOf({ x }: Figure, { name, points }: Line, labelPlace: number, theme: Theme) {
  const color = theme.line[name];
  const strong = name === "Outsock";
  const values = points.map(([place, y]) => ({ x: x.spacing === "ordered" ? x.labelOf(place) : place, y }));
  return [
    { data: { values }, mark: { type: "line", color, strokeWidth: strong ? 3 : 2 } },
    {
      data: { values },
      mark: {
        type: "point",
        filled: true,
        opacity: 1,
        shape: strong ? "circle" : "square",
        size: strong ? 64 : 81,
        fill: color,
        stroke: theme.background,
        strokeWidth: 1.5,
      },
    },
    {
      data: { values: values.slice(-1) },
      mark: { type: "text", text: name, color, align: "left", baseline: "middle", dx: 12 },
      encoding: { y: { value: labelPlace } },
    },
  ] as const;
}
