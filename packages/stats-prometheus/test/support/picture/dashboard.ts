import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

interface Target {
  readonly expr: string;
  readonly legendFormat: string;
}

export interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly isLogarithmic: boolean;
  readonly targets: readonly Target[];
}

const path = fileURLToPath(new URL("../../../../../dashboards/grafana.json", import.meta.url));

export function dashboardModel(): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}

/** The panels of the dashboard, in its order. */
export function dashboardPanels(): Panel[] {
  return list(member(dashboardModel(), "panels")).map((panel) => {
    const defaults = member(member(panel, "fieldConfig"), "defaults");
    const scale = member(member(defaults, "custom"), "scaleDistribution");
    return {
      title: text(member(panel, "title")),
      unit: text(member(defaults, "unit")),
      isLogarithmic: text(member(scale, "type")) === "log",
      targets: list(member(panel, "targets")).map((target) => ({
        expr: text(member(target, "expr")),
        legendFormat: text(member(target, "legendFormat")),
      })),
    };
  });
}

/** As Grafana replaces it before a query, for a scrape interval of five seconds. */
export function withoutVariables(expr: string): string {
  const values = { __rate_interval: "20s", job: ".*", limit: "300" };
  return Object.entries(values).reduce((so, [name, value]) => so.replaceAll(`$${name}`, value), expr);
}

export function member(value: unknown, name: string): unknown {
  return Object(value)[name];
}

export function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError("not a list");
  return value;
}

export function text(value: unknown): string {
  if (typeof value !== "string") throw new TypeError("not a text");
  return value;
}
