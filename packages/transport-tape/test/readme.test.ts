import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const cwd = fileURLToPath(new URL("..", import.meta.url));

it("the README's example runs and prints what the README says", async () => {
  const [, example = ""] = readFileSync(`${cwd}/README.md`, "utf8").match(/```ts\n(.*?)```/s) ?? [];
  const args = ["--conditions=@outsock/source", "--input-type=module-typescript", "--eval", example];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  expect(stdout).toBe("{ time: 'noon' }\n{ time: 'noon' }\n");
});
