import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { scene } from "./support/scene.ts";

const cwd = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(`${cwd}/README.md`, "utf8");

it("the README's example runs and prints the output shown", async () => {
  const [, example = ""] = readme.match(/```ts\n(.*?)```/s) ?? [];
  const args = ["--conditions=@outsock/source", "--input-type=module", "--eval", example];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  expect(readme).toContain(`prints \`${stdout.trim()}\``);
});

it("the README's table has exactly the metrics that are emitted, with types and labels", async () => {
  const { registry } = scene();
  const emitted = registry.getMetricsAsArray().map((metric) => {
    const { name, type, labelNames }: Registered = Object(metric);
    const labels = labelNames.map((label) => `\`${label}\``).join(", ");
    return `| \`${name}\` | ${type} | ${labels}${labels === "" ? "" : " "}| `;
  });
  const rows = readme.match(/^\| `outsock_.*$/gm) ?? [];
  expect(rows.map((row) => row.slice(0, row.lastIndexOf("| ", row.length - 3) + 2))).toEqual(emitted);
});

interface Registered {
  readonly name: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

it("every metric has a TYPE and a HELP that is a sentence", async () => {
  const { families } = await scene().scrape();
  expect(families.size).toBe(14);
  for (const { name, help, type } of families.values()) {
    expect(help).toMatch(/^[A-Z].*\.$/);
    expect(name.endsWith("_total")).toBe(type === "counter");
  }
});

it("the README names every option", () => {
  for (const option of ["registry", "prefix", "buckets", "labels", "maxServers"])
    expect(readme).toContain(`| \`${option}\` |`);
});
