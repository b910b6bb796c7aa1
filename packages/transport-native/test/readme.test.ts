import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { startNodePeer } from "@outsock/transport-contract/node-peer";
import { expect, onTestFinished, test } from "vitest";

test("the README's example runs", async () => {
  const peer = await startNodePeer({ greeting: ['"pong"'] });
  onTestFinished(() => peer.close());
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const [, example = ""] = /```js\n(.*?)```/s.exec(readme) ?? [];
  const args = ["--conditions=@outsock/source", "--input-type=module", "--eval", example, peer.url];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: dirname(import.meta.dirname) });
  expect(stdout).toBe("pong\n");
});
