import type { Config } from "vega-lite";
import type { Theme } from "./themes.ts";

/** The style of all plots: horizontal grid lines, no frame, the title of the y axis above it. */
export function configOf({ background, text, mutedText, grid }: Theme): Config {
  return {
    aria: false,
    background,
    font: "system-ui, Helvetica, Arial, sans-serif",
    view: { stroke: null },
    title: {
      anchor: "start",
      frame: "group",
      color: text,
      fontSize: 18,
      fontWeight: 600,
      dx: -44,
      offset: 14,
    },
    text: { fontSize: 15, fontWeight: 600 },
    axis: {
      domain: false,
      ticks: false,
      grid: false,
      labelColor: mutedText,
      labelFontSize: 13,
      labelFlush: false,
      labelOverlap: false,
      labelPadding: 10,
      titleColor: text,
      titleFontSize: 13,
      titleFontWeight: "normal",
    },
    axisX: { labelAngle: 0, titlePadding: 14 },
    axisY: {
      grid: true,
      gridColor: grid,
      titleAngle: 0,
      titleAlign: "left",
      titleBaseline: "bottom",
      titleX: -44,
      titleY: -16,
    },
  };
}
