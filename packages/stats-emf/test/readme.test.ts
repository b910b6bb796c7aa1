import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { parseEmfLine } from "./support/emf-lines.ts";
import { everyLine } from "./support/every-line.ts";

const cwd = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(`${cwd}/README.md`, "utf8");

it("the README's example runs and writes the line shown", async () => {
  const [, example = ""] = readme.match(/```ts\n(.*?)```/s) ?? [];
  const [, shown = ""] = readme.match(/```json\n(.*?)```/s) ?? [];
  const args = ["--conditions=@outsock/source", "--input-type=module-typescript", "--eval", example];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  const lines = stdout.trim().split("\n");
  expect(lines).toHaveLength(2);
  for (const line of lines) parseEmfLine(line);
  const timeless = (text: string): unknown =>
    JSON.parse(text, (name, value) => (/^(Timestamp|OperationDuration)$/.test(name) ? 0 : value));
  expect(timeless(lines[1] ?? "")).toEqual(timeless(shown));
  expect(Object.keys(JSON.parse(lines[1] ?? ""))).toEqual(Object.keys(JSON.parse(shown)));
});

it("the README's table has exactly the metrics that are written, with units and dimensions", async () => {
  const seen = new Map<string, { unit: string; by: Set<string> }>();
  for (const { dimensions, metrics } of await everyLine()) {
    for (const [name, { unit }] of Object.entries(metrics)) {
      const metric = seen.get(name) ?? { unit, by: new Set() };
      metric.by.add(Object.keys(dimensions).filter((dimension) => dimension !== "service")[0] ?? "");
      seen.set(name, metric);
    }
  }
  const written = [...seen].map(([name, { unit, by }]) => {
    const others = [...by].filter((dimension) => dimension !== "").map((dimension) => `\`${dimension}\``);
    return `\`${name}\` | ${unit} | ${others.join(", ")}${by.has("") ? "" : " only"}`;
  });
  const rows = readme.match(/^\| `[A-Z].*$/gm) ?? [];
  const cells = rows.map((row) => row.split("|").map((cell) => cell.trim()));
  expect(cells.map((row) => row.slice(1, 4).join(" | ")).sort()).toEqual(written.sort());
});
