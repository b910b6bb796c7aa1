import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { testCa } from "@outsock/transport-contract/node-peer";
import { expect, it } from "vitest";
import { deferred } from "../support/connect.ts";
import { startWsServer } from "../support/ws-server.ts";

const entry = new URL("../../src/index.ts", import.meta.url).href;
const cwd = fileURLToPath(new URL("../..", import.meta.url));

/** Sends in one tick before it sends and exits in another, or only in that. */
function scriptFor(url: string, hasSent: boolean): string {
  return `
    import { wsTransport } from "${entry}";
    const transport = wsTransport({ tls: { ca: ${JSON.stringify(testCa)} } });
    const { signal } = new AbortController();
    const request = { url: "${url}", protocols: [], headers: {}, maxMessageBytes: 1000, signal };
    let drained = () => {};
    const channel = await transport.open(request, { drain: () => drained(), close() {} });
    if (${hasSent}) {
      for (const message of ["first", "second"]) channel.send(message);
      await new Promise((resolve) => (drained = resolve));
    }
    for (let i = 0; i < 100; i += 1) channel.send("message " + i);
    process.exit(7);
  `;
}

// Over TLS Node has one write on its way at a time: what comes behind the first message of a first tick waits for it,
// longer than the process lives.
it.each([
  ["the first messages of a channel, over ws:", undefined, false],
  ["later messages, over ws:", undefined, true],
  ["later messages, over wss:", {}, true],
])("what was sent in the tick of process.exit() has left: %s", async (_, tls, hasSent) => {
  const server = await startWsServer(tls);
  const received: string[] = [];
  const ended = deferred<void>();
  server.ws.on("connection", (ws) => {
    ws.on("message", (data) => received.push(data.toString()));
    ws.on("close", () => ended.resolve());
  });
  const script = scriptFor(server.url, hasSent);
  const args = ["--conditions=@outsock/source", "--input-type=module", "--eval", script];
  await expect(promisify(execFile)(process.execPath, args, { cwd })).rejects.toMatchObject({ code: 7 });
  await ended.promise;
  const before = hasSent ? ["first", "second"] : [];
  expect(received).toEqual([...before, ...Array.from({ length: 100 }, (_, i) => `message ${i}`)]);
});
