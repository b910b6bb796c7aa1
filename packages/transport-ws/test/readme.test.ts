import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { WebSocketServer } from "ws";

const cwd = fileURLToPath(new URL("..", import.meta.url));

function exampleOf(readme: string): string {
  const [, example = ""] = readFileSync(`${cwd}/${readme}`, "utf8").match(/```ts\n(.*?)```/s) ?? [];
  return example;
}

/** Runs an example in a process of its own, and gives what it printed. */
async function run(example: string, ...options: string[]): Promise<string> {
  const args = ["--conditions=@outsock/source", ...options, "--input-type=module", "--eval", example];
  return (await promisify(execFile)(process.execPath, args, { cwd })).stdout;
}

async function startEcho(): Promise<string> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  server.on("connection", (ws) => ws.on("message", (data, binary) => ws.send(data, { binary })));
  onTestFinished(() => server.close());
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? `ws://127.0.0.1:${address.port}` : "";
}

it("the README's example runs and prints the echo", async () => {
  const example = exampleOf("README.md").replace("ws://127.0.0.1:8080", await startEcho());
  expect(await run(example)).toBe("true { hello: 'world' }\n");
});

it("the example of the contract's README runs the contract in node:test", async () => {
  const printed = await run(exampleOf("../transport-contract/README.md"), "--test-reporter=tap");
  expect(printed).toMatch(/# Subtest: ws keeps the transport contract/);
  expect(printed).toMatch(/\n# fail 0\n/);
  expect(printed).toMatch(/\n# pass \d{2,}\n/);
});
