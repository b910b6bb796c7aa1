import { prometheusStats } from "@outsock/stats-prometheus";
import { Registry } from "@prometheus-io/client";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { readDocument } from "./documents.ts";

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly annotations: { readonly summary: string };
}

const document = readDocument("docs/operations.md");
const [block] = document.blocks.filter(({ language }) => language === "yaml");
const { groups }: { readonly groups: readonly { readonly rules: readonly Rule[] }[] } = parse(
  block?.code ?? "",
);
const rules = groups.flatMap((group) => group.rules);

/** The names that the sink registers, and those under which a histogram is exposed. */
async function emitted(): Promise<readonly string[]> {
  const registry = new Registry();
  prometheusStats({ registry });
  const metrics = await registry.getMetricsAsJSON();
  return metrics.flatMap(({ name }) => ["", "_bucket", "_sum", "_count"].map((suffix) => name + suffix));
}

it("every alert rule has a threshold, a duration and a summary", () => {
  expect(rules.length).toBeGreaterThanOrEqual(5);
  for (const rule of rules) {
    expect(rule).toEqual({
      alert: expect.stringMatching(/^Outsock[A-Z]\w+$/),
      expr: expect.stringMatching(/> [\d.]+\s*$/),
      for: expect.stringMatching(/^\d+m$/),
      annotations: { summary: expect.any(String) },
    });
  }
});

it("the page of operations names only metrics that the Prometheus sink has", async () => {
  const names = document.text.match(/\boutsock_\w+/g) ?? [];
  const known = await emitted();
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((name) => !known.includes(name))).toEqual([]);
});
