import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startRedis } from "@outsock/test-servers";
import { expect, it } from "vitest";
import { scene } from "./support/model-redis.ts";
import { isWithoutRedis } from "./support/real-redis.ts";

const cwd = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(`${cwd}/README.md`, "utf8");

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}

it.skipIf(isWithoutRedis)("the README's example runs and prints the output shown", async () => {
  const port = await freePort();
  await using _server = await startRedis({ port });
  const [, example = ""] = readme.match(/```ts\n(.*?)```/s) ?? [];
  const args = ["--conditions=@outsock/source", "--input-type=module", "--eval", example];
  const env = { ...process.env, REDIS_URL: `redis://127.0.0.1:${port}` };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd, env });
  expect(stderr).toBe("");
  expect(readme).toContain(`prints \`${stdout.trim().replaceAll("\n", " ")}\``);
});

it("the README names every statistic", async () => {
  const { limiter, redis } = scene();
  redis.failure = new Error("gone");
  await limiter.acquire(1);
  for (const name of Object.keys(limiter.getStats())) expect(readme).toContain(`\`${name}\``);
});
