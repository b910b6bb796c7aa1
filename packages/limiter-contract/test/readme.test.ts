import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { limiterScenarios } from "../src/index.ts";

const cwd = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(`${cwd}/README.md`, "utf8");

it("the README's example runs, and the number of passed tests is as stated", async () => {
  const [, example = ""] = readme.match(/```ts\n(.*?)```/s) ?? [];
  const args = ["--conditions=@outsock/source", "--input-type=module", "--eval", example];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  expect(stdout).toContain(`pass ${limiterScenarios.length}`);
  expect(limiterScenarios).toHaveLength(21);
  expect(readme).toContain("21 passed tests");
});
