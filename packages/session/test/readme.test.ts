import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import * as session from "../src/index.ts";

const cwd = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(`${cwd}/README.md`, "utf8");

it("The README's example runs and prints what it says", async () => {
  const [, example = ""] = readme.match(/```ts\n(.*?)```/s) ?? [];
  const args = ["--conditions=@outsock/source", "--input-type=module", "--eval", example];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  expect(readme).toContain(`prints \`${stdout.trim()}\``);
});

it("The README names everything that the package exports", () => {
  for (const name of Object.keys(session)) expect(readme).toMatch(new RegExp(`\`[^\`\n]*\\b${name}\\b`));
});
