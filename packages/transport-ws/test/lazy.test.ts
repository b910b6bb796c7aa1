import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const entry = new URL("../src/index.ts", import.meta.url).href;
const cwd = fileURLToPath(new URL("..", import.meta.url));
const script = `
  import { createRequire } from "node:module";
  const { cache } = createRequire(import.meta.url);
  const loaded = () => Object.keys(cache).some((file) => /[\\\\/]ws[\\\\/]lib[\\\\/]/.test(file));
  const { wsTransport } = await import("${entry}");
  const transport = wsTransport();
  const before = loaded();
  const { signal } = new AbortController();
  const request = { url: "ws://127.0.0.1:1/", protocols: [], headers: { a: "\\n" }, maxMessageBytes: 1, signal };
  const { code } = await transport.open(request, {}).catch((error) => error);
  console.log(JSON.stringify({ before, after: loaded(), code }));
`;

it("ws is loaded by the first open, not by the import", async () => {
  const args = ["--conditions=@outsock/source", "--input-type=module", "--eval", script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  expect(JSON.parse(stdout)).toEqual({ before: false, after: true, code: "PROTOCOL_ERROR" });
});
