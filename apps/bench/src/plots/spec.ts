import type { TopLevelSpec } from "vega-lite";
import { configOf } from "./config.ts";
import type { Figure, PlotLine } from "./figures.ts";
import type { Theme } from "./themes.ts";

/** 720 x 400 pixels including the padding, which is fixed: without a canvas Vega can only estimate the width of text. */
const padding = { left: 60, right: 96, top: 86, bottom: 62 };
const size = { width: 720 - padding.left - padding.right, height: 400 - padding.top - padding.bottom };

/** The Vega-Lite specification of a figure: two lines, each with its name at its end. */
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

function layersOf({ x }: Figure, { name, points }: PlotLine, labelPlace: number, theme: Theme) {
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

const closeSteps = [1, 1.5, 2, 3, 5, 7];
const wideSteps = [1, 2, 5];

/**
 * Round numbers for a logarithmic axis, which enclose all values. The values must be above 0.
 */
function logTicks(values: readonly number[]): readonly number[] {
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

/** The distance of a value from the upper end of a logarithmic axis, in pixels, like the length of the axis. */
function logPlace(value: number, [first = 1, ...rest]: readonly number[], length: number): number {
  const last = rest.at(-1) ?? first;
  return (length * Math.log(last / value)) / Math.log(last / first);
}

const gap = 19;

/** The distance of each line's name from the upper end of the axis, in pixels: next to the last point of the line. */
function labelPlaces(lines: readonly [PlotLine, PlotLine], ticks: readonly number[], length: number) {
  const [first, second] = lines;
  return apart(logPlace(lastOf(first), ticks, length), logPlace(lastOf(second), ticks, length));
}

/** Moves overlapping names apart, both by the same distance. */
function apart(first: number, second: number): readonly [number, number] {
  if (Math.abs(first - second) >= gap) return [first, second];
  const middle = (first + second) / 2;
  const half = first < second ? gap / 2 : -gap / 2;
  return [middle - half, middle + half];
}

function lastOf({ points }: PlotLine): number {
  return points.at(-1)?.[1] ?? Number.NaN;
}
