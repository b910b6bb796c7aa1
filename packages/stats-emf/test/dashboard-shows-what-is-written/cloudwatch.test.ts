import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { everyLine } from "../support/every-line.ts";

interface Widget {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly title: string;
    readonly region: string;
    readonly period: number;
    readonly view: string;
    readonly metrics: readonly (readonly Query[])[];
  };
}

interface Query {
  readonly expression: string;
  readonly label: string;
  readonly id: string;
}

const path = fileURLToPath(new URL("../../../../dashboards/cloudwatch.json", import.meta.url));
const body: { readonly widgets: readonly Widget[] } = JSON.parse(readFileSync(path, "utf8"));
const { widgets } = body;
const queries = widgets.flatMap(({ properties }) =>
  properties.metrics.flatMap((row) => row.map((query) => ({ title: properties.title, ...query }))),
);
const search = /SEARCH\('\{(\w+),([\w,]+)\} MetricName="(\w+)"', '(\w+)', (\d+)\)/g;

/** For each metric: the unit, and the sets of dimensions with which it is written. */
const written = new Map<string, { readonly unit: string; readonly sets: Set<string> }>();
let namespace = "";

beforeAll(async () => {
  for (const line of await everyLine()) {
    namespace = line.namespace;
    for (const [name, { unit }] of Object.entries(line.metrics)) {
      const metric = written.get(name) ?? { unit, sets: new Set() };
      metric.sets.add(Object.keys(line.dimensions).join(","));
      written.set(name, metric);
    }
  }
});

describe("cloudwatch.json", () => {
  it("is a dashboard body: widgets that do not overlap, with a placeholder for the region", () => {
    expect(Object.keys(body).sort()).toEqual(["periodOverride", "start", "widgets"]);
    const places = widgets.map(({ type, x, y, width, height, properties }) => {
      expect({ type, region: properties.region, view: properties.view }).toEqual({
        type: "metric",
        region: "REGION",
        view: "timeSeries",
      });
      expect({ x: x % 8, y: y % 6, width, height }).toEqual({ x: 0, y: 0, width: 8, height: 6 });
      expect(x + width).toBeLessThanOrEqual(24);
      return `${x} ${y}`;
    });
    expect(new Set(places).size).toBe(widgets.length);
  });

  it.each(widgets)(
    "$properties.title: ids are unique, and periods are those of the widget",
    ({ properties }) => {
      const own = properties.metrics.flat();
      expect(new Set(own.map(({ id }) => id)).size).toBe(own.length);
      for (const { id, expression } of own) {
        expect(id).toMatch(/^[a-z]\w*$/);
        for (const [, , , , , period] of expression.matchAll(search))
          expect(Number(period)).toBe(properties.period);
      }
    },
  );

  it.each(queries)("$title: every metric in $expression is written", ({ expression, label }) => {
    const found = [...expression.matchAll(search)];
    expect(expression.replace(search, "m")).toMatch(/^(m|100 \* SUM\(m\) \/ SUM\(m\))$/);
    for (const [, space, dimensions = "", metric = "", statistic = ""] of found) {
      expect(space).toBe(namespace);
      expect([...(written.get(metric)?.sets ?? [])]).toContain(dimensions);
      expect(statistic).toMatch(statistics(metric));
      for (const [, shown] of label.matchAll(/\$\{PROP\('Dim\.(\w+)'\)\}/g))
        expect(dimensions.split(",")).toContain(shown);
    }
  });

  it("shows every metric", () => {
    const shown = queries.flatMap(({ expression }) => [...expression.matchAll(search)].map((one) => one[3]));
    expect([...new Set(shown)].sort()).toEqual([...written.keys()].sort());
  });
});

/** A gauge has no sum, and durations are shown as percentiles. */
function statistics(metric: string): RegExp {
  if (metric === "OpenConnections") return /^(Average|Maximum)$/;
  return written.get(metric)?.unit === "Milliseconds" ? /^p\d\d$/ : /^Sum$/;
}
