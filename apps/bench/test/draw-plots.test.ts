import { describe, expect, it } from "vitest";
import { drawPlots } from "../src/plots/draw-plots.ts";
import type { PlottedReport } from "../src/plots/figures.ts";

const report: PlottedReport = {
  series: {
    "sends/raw ws": [1, 8, 64, 256].map((batch) => [batch, 140_000]),
    "sends/Outsock": [1, 8, 64, 256].map((batch) => [batch, 90_000 + 2_000 * batch]),
    "latency/raw ws": [0.01, 0.5, 0.99, 0.999].map((share) => [share, 40 + 40 * share]),
    "latency/Outsock": [0.01, 0.5, 0.99, 0.999].map((share) => [share, 42 + 41 * share]),
  },
};
const plots = await drawPlots(report);
const names = ["sends-light.svg", "sends-dark.svg", "latency-light.svg", "latency-dark.svg"];

describe("the plots", () => {
  it("are two figures, each for a light and a dark page", () => {
    expect([...plots.keys()]).toEqual(names);
    expect(new Set(plots.values()).size).toBe(4);
    expect(plotOf("sends-light.svg")).toContain('fill="#ffffff"');
    expect(plotOf("sends-dark.svg")).toContain('fill="#0d1117"');
  });

  it.each(names)("are well-formed: %s", (name) => {
    expect(unclosedTags(plotOf(name))).toEqual([]);
  });

  it.each(names)("name both lines at their ends: %s", (name) => {
    expect(textsOf(plotOf(name))).toEqual(expect.arrayContaining(["Outsock", "raw ws"]));
  });

  it.each(names)("list every point for screen readers: %s", (name) => {
    const [id] = name.split("-");
    const plot = plotOf(name);
    expect(plot).toMatch(new RegExp(`^<svg role="img" aria-labelledby="${id}-title ${id}-desc" `));
    expect(plot).toMatch(
      new RegExp(`<title id="${id}-title">[^<]+</title><desc id="${id}-desc">[^<]+</desc>`),
    );
    expect(plot).toContain(name.startsWith("sends") ? "256: 602,000." : "p99.9: 83.");
  });

  it("label their axes with quantity and unit", () => {
    const axes = [
      "messages sent in one tick of the event loop",
      "messages per second (log scale)",
      "256",
      "200k",
    ];
    expect(textsOf(plotOf("sends-dark.svg"))).toEqual(expect.arrayContaining(axes));
    const others = [
      "percentile of the round trips",
      "microseconds (log scale)",
      "p50 (median)",
      "p99.9",
      "70",
    ];
    expect(textsOf(plotOf("latency-dark.svg"))).toEqual(expect.arrayContaining(others));
  });

  it("are the same for the same report", async () => {
    expect(await drawPlots(report)).toEqual(plots);
  });

  it("keep the names of lines apart that end at the same point", async () => {
    const series = { ...report.series, "sends/raw ws": report.series["sends/Outsock"] ?? [] };
    const plot = (await drawPlots({ series })).get("sends-light.svg") ?? "";
    const heights = [...plot.matchAll(/translate\([\d.]+,(-?[\d.]+)\)"[^>]*>(?:Outsock|raw ws)</g)].map(
      ([, height]) => Number(height),
    );
    expect(heights).toHaveLength(2);
    expect(Math.abs((heights[0] ?? 0) - (heights[1] ?? 0))).toBeGreaterThanOrEqual(18);
  });
});

describe("a report that cannot be drawn", () => {
  it.each(Object.keys(report.series))("is rejected with the missing series: %s", async (missing) => {
    const series = Object.fromEntries(Object.entries(report.series).filter(([name]) => name !== missing));
    await expect(drawPlots({ series })).rejects.toThrow(`no series "${missing}"`);
    await expect(drawPlots({ series: { ...series, [missing]: [] } })).rejects.toThrow(
      `no series "${missing}"`,
    );
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    "is rejected with the point that no axis can show: %d",
    async (y) => {
      const series = { ...report.series, "latency/Outsock": [[0.5, y]] as const };
      await expect(drawPlots({ series })).rejects.toThrow(`"latency/Outsock" has the point (0.5, ${y})`);
    },
  );
});

function plotOf(name: string): string {
  return plots.get(name) ?? "";
}

function textsOf(svg: string): readonly string[] {
  return [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text = ""]) => text);
}

/** Tags that are never closed, or closed in the wrong order. Node has no XML parser. */
function unclosedTags(svg: string): readonly string[] {
  const tag = /<(\/?)([a-z]+)(?: [\w:-]+="[^"<&]*")*(\/?)>/gi;
  const open: string[] = [];
  for (const [, close, name = "", empty] of svg.matchAll(tag)) {
    if (close === "" && empty === "") open.push(name);
    if (close !== "" && open.pop() !== name) open.push(`/${name}`);
  }
  return [...open, ...(svg.replace(tag, "").match(/[<>]|&(?!amp;|lt;|gt;)/g) ?? [])];
}
