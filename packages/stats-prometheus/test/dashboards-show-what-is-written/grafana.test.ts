import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Registry } from "@prometheus-io/client";
import { describe, expect, it } from "vitest";

import { prometheusStats } from "../../src/index.ts";
import {
  dashboardModel,
  dashboardPanels,
  list,
  member,
  text,
  withoutVariables,
} from "../support/picture/dashboard.ts";
import { drawDashboard } from "../support/picture/draw.ts";
import { type Expression, partsOf, selectorsOf } from "../support/promql/ast.ts";
import { parsePromql } from "../support/promql/parse.ts";

const dashboards = fileURLToPath(new URL("../../../../dashboards", import.meta.url));
const panels = dashboardPanels();
const targets = panels.flatMap(({ title, targets: of }) => of.map((target) => ({ title, ...target })));
const labelsOf = emitted();
/** What Prometheus adds to every series that it scrapes. */
const added = ["job", "instance"];

describe("grafana.json", () => {
  it("is a dashboard that can be imported, with a choice of data source", () => {
    const model = dashboardModel();
    expect(member(model, "id")).toBeNull();
    expect(member(model, "schemaVersion")).toBe(42);
    const variables = list(member(member(model, "templating"), "list"));
    expect(variables.map((variable) => member(variable, "name"))).toEqual(["datasource", "job", "limit"]);
    expect(variables[0]).toMatchObject({ type: "datasource", query: "prometheus" });
    const ids = list(member(model, "panels")).map((panel) => member(panel, "id"));
    expect(new Set(ids).size).toBe(panels.length);
  });

  it("uses the chosen data source everywhere, and no panels overlap", () => {
    const model = dashboardModel();
    const places = new Set<string>();
    for (const panel of list(member(model, "panels"))) {
      for (const asked of [panel, ...list(member(panel, "targets"))])
        expect(member(asked, "datasource")).toEqual({ type: "prometheus", uid: `\${datasource}` });
      const { x, y, w, h }: Place = Object(member(panel, "gridPos"));
      expect({ x: x % 8, y: y % 8, w, h }).toEqual({ x: 0, y: 0, w: 8, h: 8 });
      places.add(`${x} ${y}`);
    }
    expect(places.size).toBe(panels.length);
  });

  it.each(targets)("$title: every metric and label of $expr is emitted", ({ expr, legendFormat }) => {
    const expression = parsePromql(withoutVariables(expr));
    for (const { metric, matchers } of selectorsOf(expression)) {
      expect(labelsOf.keys()).toContain(metric);
      const known = [...(labelsOf.get(metric) ?? []), ...added];
      expect(known).toEqual(expect.arrayContaining(matchers.map(({ label }) => label)));
      expect(matchers).toContainEqual({ label: "job", operator: "=~", value: ".*" });
    }
    expectGroups(expression);
    const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
    expect(
      outermostGroup(expression)
        .filter((label) => label !== "le")
        .sort(),
    ).toEqual(shown.sort());
  });

  it("takes quantiles of histograms over their buckets", () => {
    const quantiles = targets.map(({ expr }) => parsePromql(withoutVariables(expr))).filter(isQuantile);
    expect(quantiles.length).toBeGreaterThan(0);
    for (const { of } of quantiles) {
      expect(of).toMatchObject({
        type: "aggregation",
        by: expect.arrayContaining(["le"]),
        of: { type: "rate" },
      });
      for (const { metric } of selectorsOf(of)) expect(metric).toMatch(/_bucket$/);
    }
  });

  it("takes the rate of counters only", () => {
    for (const { expr } of targets) expectRates(parsePromql(withoutVariables(expr)), false);
  });

  it("shows every metric", () => {
    const asked = targets.flatMap(({ expr }) => selectorsOf(parsePromql(withoutVariables(expr))));
    const shown = new Set(asked.map(({ metric }) => metric.replace(/_bucket$/, "")));
    const { registry } = registered();
    expect([...shown].sort()).toEqual(
      registry
        .getMetricsAsArray()
        .map(({ name }) => name)
        .sort(),
    );
  });

  it("queries its variables from emitted metrics", () => {
    const [, job] = list(member(member(dashboardModel(), "templating"), "list"));
    const [, metric] = /^label_values\((\w+), job\)$/.exec(text(member(job, "definition"))) ?? [];
    expect(labelsOf.keys()).toContain(metric);
  });
});

describe("grafana.svg", () => {
  it("is the output of the script", async () => {
    const folder = await mkdtemp(join(tmpdir(), "outsock-picture-"));
    const file = join(folder, "grafana.svg");
    const script = join(dashboards, "render.ts");
    await promisify(execFile)(process.execPath, ["--conditions=@outsock/source", script, file]);
    const drawn = await readFile(file, "utf8");
    await rm(folder, { recursive: true });
    expect(drawn).toBe(await committed());
  });

  it("is the same every time", async () => {
    expect(await drawDashboard(2_026)).toBe(await drawDashboard(2_026));
  });

  it("shows all panels, each with lines, and is small", async () => {
    const picture = await committed();
    const drawn = picture.split("<g ").slice(1);
    expect(drawn).toHaveLength(panels.length);
    for (const [at, { title }] of panels.entries()) {
      expect(drawn[at]).toContain(`>${title}</text>`);
      expect(drawn[at]).toMatch(/<path d="M[^"]*L/);
    }
    expect(picture).not.toMatch(/NaN|Infinity|undefined/);
    expect(picture.length).toBeLessThan(300_000);
  });
});

function committed(): Promise<string> {
  return readFile(join(dashboards, "grafana.svg"), "utf8");
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

type Quantile = Extract<Expression, { type: "quantile" }>;

function isQuantile(expression: Expression): expression is Quantile {
  return expression.type === "quantile";
}

/** `by` names only labels that everything below has. */
function expectGroups(expression: Expression): void {
  if (expression.type === "aggregation")
    for (const { metric } of selectorsOf(expression))
      expect([...(labelsOf.get(metric) ?? []), ...added]).toEqual(expect.arrayContaining([...expression.by]));
  for (const part of partsOf(expression)) expectGroups(part);
}

function outermostGroup(expression: Expression): readonly string[] {
  if (expression.type === "aggregation") return expression.by;
  const [first] = partsOf(expression);
  return first === undefined ? [] : outermostGroup(first);
}

function expectRates(expression: Expression, isRate: boolean): void {
  if (expression.type === "selector") {
    const isCounter = /_(total|bucket)$/.test(expression.metric);
    // One series a process: counted, not read.
    if (expression.metric !== "outsock_rate_limit_fallbacks_total") expect(isRate).toBe(isCounter);
  }
  for (const part of partsOf(expression)) expectRates(part, expression.type === "rate");
}

function registered(): { readonly registry: Registry } {
  const registry = new Registry();
  prometheusStats({ registry });
  return { registry };
}

/** Every series' name with its labels, as they stand in an exposition. */
function emitted(): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, readonly string[]>();
  for (const metric of registered().registry.getMetricsAsArray()) {
    const { name, type, labelNames }: { name: string; type: string; labelNames: string[] } = Object(metric);
    if (type !== "histogram") names.set(name, labelNames);
    else {
      names.set(`${name}_bucket`, [...labelNames, "le"]);
      for (const suffix of ["_sum", "_count"]) names.set(name + suffix, labelNames);
    }
  }
  return names;
}
