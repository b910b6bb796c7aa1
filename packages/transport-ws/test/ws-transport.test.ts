import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const entry = new URL("../src/index.ts", import.meta.url).href;
const cwd = fileURLToPath(new URL("..", import.meta.url));

/** For the child: what is loaded of ws, and of the parts of Node that it needs. */
const prelude = `
  import { createRequire } from "node:module";
  const { cache } = createRequire(import.meta.url);
  const loaded = () => Object.keys(cache).some((file) => /[\\\\/]ws[\\\\/]lib[\\\\/]/.test(file));
  const heavy = ["net", "tls", "http", "https", "zlib"].map((name) => "NativeModule " + name);
  const parts = () => heavy.filter((name) => process.moduleLoadList.includes(name));
  const partsBefore = parts();
  const { preload, wsTransport } = await import("${entry}");
  const transport = wsTransport();
  const { signal } = new AbortController();
  const request = { url: "ws://127.0.0.1:1/", protocols: [], headers: { a: "\\n" }, maxMessageBytes: 1, signal };
  const failingCode = () => transport.open(request, {}).catch(({ code }) => code);
`;

/** Runs a script in a process of its own, and returns its output. */
async function run(script: string): Promise<unknown> {
  const args = ["--conditions=@outsock/source", "--input-type=module", "--eval", prelude + script];
  return JSON.parse((await promisify(execFile)(process.execPath, args, { cwd })).stdout);
}

describe("ws", () => {
  it("is loaded by the first open, not by the import", async () => {
    const output = await run(`
      const before = loaded();
      const code = await failingCode();
      console.log(JSON.stringify({ before, after: loaded(), code }));
    `);
    expect(output).toEqual({ before: false, after: true, code: "PROTOCOL_ERROR" });
  });

  it("and the parts of Node under it are not loaded by the import, but by the first open", async () => {
    const output = await run(`
      const added = parts().length - partsBefore.length;
      await failingCode();
      console.log(JSON.stringify({ added, missing: heavy.length - parts().length }));
    `);
    expect(output).toEqual({ added: 0, missing: 0 });
  });

  it("is loaded by preload before the first open, also where preload is called twice", async () => {
    const output = await run(`
      await Promise.all([preload(), preload()]);
      const first = loaded();
      const files = Object.keys(cache).length;
      await preload();
      const code = await failingCode();
      console.log(JSON.stringify({ first, more: Object.keys(cache).length - files, code }));
    `);
    expect(output).toEqual({ first: true, more: 0, code: "PROTOCOL_ERROR" });
  });
});
