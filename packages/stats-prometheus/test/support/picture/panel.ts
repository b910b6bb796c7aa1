import type { Panel } from "./dashboard.ts";
import type { Line } from "./lines.ts";
import { linearScale, logScale, type Scale } from "./scale.ts";
import { withUnit } from "./unit.ts";

export const panelWidth = 400;
export const panelHeight = 250;
const plot = { left: 58, top: 34, width: 326, height: 138 } as const;
/** Each differs from the others, and from white, in hue or lightness, with every kind of colour blindness. */
const colours = [
  "#0969da",
  "#bc4c00",
  "#1a7f37",
  "#8250df",
  "#24292f",
  "#bf3989",
  "#57606a",
  "#9a6700",
] as const;
const limitColour = "#cf222e";

/** A panel as SVG, its upper left corner at 0, 0. Times count from the first one. */
export function drawPanel(panel: Panel, lines: readonly Line[], moments: readonly number[]): string {
  const values = lines.flatMap(({ points }) => points.map(({ value }) => value));
  const scale = panel.isLogarithmic ? logScale(values) : linearScale(values);
  return [
    `<rect width="${panelWidth}" height="${panelHeight}" rx="4" fill="#fff" stroke="#d0d7de"/>`,
    `<text x="12" y="20" class="title">${escaped(panel.title)}</text>`,
    ...scale.ticks.map((tick) => horizontal(tick, scale, panel.unit)),
    ...vertical(moments),
    ...lines.map((line) => path(line, scale, moments, styleOf(line, lines))),
    ...legend(lines),
  ].join("\n");
}

function horizontal(tick: number, scale: Scale, unit: string): string {
  const y = one(plot.top + plot.height * (1 - scale.place(tick)));
  const label = `<text x="${plot.left - 6}" y="${y + 3.5}" text-anchor="end">${withUnit(tick, unit)}</text>`;
  return `<path d="M${plot.left} ${y}h${plot.width}" stroke="#eaeef2"/>${label}`;
}

function vertical(moments: readonly number[]): string[] {
  const from = moments[0] ?? 0;
  const everyFourth = moments.filter((_, at) => at % 2 === 0);
  return everyFourth.map((seconds) => {
    const y = plot.top + plot.height + 14;
    return `<text x="${across(seconds, moments)}" y="${y}" text-anchor="middle">${seconds - from} s</text>`;
  });
}

function path({ points }: Line, scale: Scale, moments: readonly number[], style: string): string {
  const stepMs = (moments[1] ?? 1) - (moments[0] ?? 0);
  const commands = points.map(({ seconds, value }, at) => {
    const before = points[at - 1]?.seconds;
    const isJoined = before !== undefined && seconds - before <= stepMs;
    const y = one(plot.top + plot.height * (1 - Math.max(0, scale.place(value))));
    return `${isJoined ? "L" : "M"}${across(seconds, moments)} ${y}`;
  });
  return `<path d="${commands.join("")}" fill="none" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" ${style}/>`;
}

function across(seconds: number, moments: readonly number[]): number {
  const [from, to] = [moments[0] ?? 0, moments.at(-1) ?? 1];
  return one(plot.left + (plot.width * (seconds - from)) / (to - from));
}

/** Quantiles of one series share its colour; the median is dotted. */
function styleOf({ name }: Line, lines: readonly Line[]): string {
  if (name === "limit") return `stroke="${limitColour}" stroke-dasharray="6 4"`;
  const things = [...new Set(lines.map((line) => thingOf(line.name)))];
  const stroke = `stroke="${colours[things.indexOf(thingOf(name)) % colours.length]}"`;
  return name.endsWith("p50") ? `${stroke} stroke-dasharray="1 4"` : stroke;
}

function thingOf(name: string): string {
  return name.replace(/ ?p\d+$/, "");
}

/** In rows that wrap like text; a letter is about five and a half wide. */
function legend(lines: readonly Line[]): string[] {
  let [x, y] = [12, plot.top + plot.height + 34];
  return lines.map((line) => {
    const width = 24 + line.name.length * 5.6;
    if (x + width > panelWidth - 6) [x, y] = [12, y + 14];
    const mark = `<path d="M${one(x)} ${y - 3.5}h12" stroke-width="2.4" ${styleOf(line, lines)}/>`;
    const text = `<text x="${one(x + 16)}" y="${y}">${escaped(line.name)}</text>`;
    x += width + 6;
    return mark + text;
  });
}

function one(value: number): number {
  return Math.round(value * 10) / 10;
}

export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
