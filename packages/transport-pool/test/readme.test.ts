import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { pooled } from "../src/index.ts";
import { poolFixture } from "./support/pool-fixture.ts";

const cwd = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(`${cwd}/README.md`, "utf8");

it("the README's example runs and prints what it says", async () => {
  const [, example = ""] = readme.match(/```ts\n(.*?)```/s) ?? [];
  const args = ["--conditions=@outsock/source", "--input-type=module", "--eval", example];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  expect(readme).toContain(`prints \`${stdout.trim()}\``);
});

it("the README names every statistic and every discard reason", () => {
  const stats = pooled(poolFixture().transport).getStats();
  for (const name of [...Object.keys(stats), ...Object.keys(stats.discards)])
    expect(readme).toContain(`\`${name}\``);
});
