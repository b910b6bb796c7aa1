import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { slidingWindow } from "@outsock/core";
import { afterEach, expect, it } from "vitest";
import { collect, scene, unsubscribeAll, url } from "./support/scene.ts";

const cwd = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(`${cwd}/README.md`, "utf8");

afterEach(unsubscribeAll);

it("the README's example runs and prints the output shown", async () => {
  const [, example = ""] = readme.match(/```ts\n(.*?)```/s) ?? [];
  const args = ["--conditions=@outsock/source", "--input-type=module-typescript", "--eval", example];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  expect(readme).toContain(`prints \`${stdout.trim().replace("\n", "`, then `")}\``);
});

it("the README names every field of an operation", async () => {
  const published = collect("request");
  const { manager } = scene({ rateLimiter: slidingWindow({ limit: 4, windowMs: 1_000 }) });
  await manager.request(url, "hello");
  await manager.request(url, "hello");
  const fields = new Set(published.flatMap(({ context }) => Object.keys(context)));
  expect(fields.size).toBe(13);
  for (const field of fields) expect(readme).toContain(`\`${field}\``);
});
