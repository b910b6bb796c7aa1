import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { DataPointType, type MetricData } from "@opentelemetry/sdk-metrics";
import { type RateLimiter, slidingWindow } from "@outsock/core";
import { expect, it } from "vitest";
import { otelMetricNames } from "../src/index.ts";
import { callEvents, scene, url } from "./support/scene.ts";

const cwd = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(`${cwd}/README.md`, "utf8");

it("the README's example runs and prints the output shown", async () => {
  const [, example = ""] = readme.match(/```ts\n(.*?)```/s) ?? [];
  const args = ["--conditions=@outsock/source", "--input-type=module", "--eval", example];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  expect(readme).toContain(`prints \`${stdout.trim().replace("\n", "`, then `")}\``);
});

const kinds = { histogram: "histogram", counter: "counter", "up-down counter": "up-down counter" };

/** Name, kind and unit of each metric in the README's table. */
const listed = [...readme.matchAll(/^\| `([a-z_]+\.[a-z_.]+)` \| ([a-z- ]+) \| `([^`]+)` \|/gm)].map(
  ([, name, kind, unit]) => ({ name, kind, unit }),
);

it("the README lists exactly the metrics that are emitted, with their kinds and units", async () => {
  const metrics = await everyMetric();
  const emitted = metrics.map((metric) => ({
    name: metric.descriptor.name,
    kind: kindOf(metric),
    unit: metric.descriptor.unit,
  }));
  const byName = (a: { name?: string | undefined }, b: { name?: string | undefined }) =>
    String(a.name).localeCompare(String(b.name));
  expect(listed.sort(byName)).toEqual(emitted.sort(byName));
  expect(emitted.map(({ name }) => name)).toEqual(Object.values(otelMetricNames).sort());
  expect(metrics.every(({ descriptor }) => descriptor.description !== "")).toBe(true);
});

it("the README names every attribute of the metrics", async () => {
  const points = (await everyMetric()).flatMap((metric) =>
    metric.dataPoints.map((point) => point.attributes),
  );
  for (const name of new Set(points.flatMap((attributes) => Object.keys(attributes)))) {
    expect(readme).toContain(`\`${name}\``);
  }
});

it("the README names every attribute of the spans", async () => {
  const at = scene({ manager: { rateLimiter: withoutStore() } });
  await at.manager.request(url, "hello");
  await at.manager.request(url, "hello");
  for (const event of callEvents({ type: "operation-failed" })) at.stats.record(event);
  const names = new Set(at.spans().flatMap(({ attributes }) => Object.keys(attributes)));
  expect(names.size).toBeGreaterThan(12);
  for (const name of names) {
    expect(readme).toContain(`\`${name.replace(/^outsock\.phase\.\w+_ms$/, "outsock.phase.<phase>_ms")}\``);
  }
});

/** A limiter for one request that has lost its store. */
function withoutStore(): RateLimiter {
  const local = slidingWindow({ limit: 4 });
  return {
    acquire: (cost, options) => {
      const decision = local.acquire(cost, options);
      return decision instanceof Promise ? decision : { ...decision, source: "fallback" };
    },
    refund: () => undefined,
    usage: (options) => local.usage(options),
    reset: () => local.reset(),
  };
}

async function everyMetric(): Promise<readonly MetricData[]> {
  const { manager, stats, collect } = scene({ manager: { rateLimiter: withoutStore() } });
  await manager.request(url, "hello");
  await manager.request(url, "hello");
  for (const event of callEvents({ type: "operation-failed" })) stats.record(event);
  return collect();
}

function kindOf(metric: MetricData): string {
  if (metric.dataPointType === DataPointType.HISTOGRAM) return kinds.histogram;
  if (metric.dataPointType !== DataPointType.SUM) return "gauge";
  return metric.isMonotonic ? kinds.counter : kinds["up-down counter"];
}
