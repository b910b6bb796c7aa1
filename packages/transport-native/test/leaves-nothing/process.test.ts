import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { startNodePeer } from "@outsock/transport-contract/node-peer";
import { expect, onTestFinished, test, vi } from "vitest";
import { nativeTransport } from "../../src/node/index.ts";

/** A process of its own, so that what keeps it alive is ours alone. */
async function run(source: string): Promise<string> {
  const args = ["--conditions=@outsock/source", "--input-type=module", "--eval", source];
  return (await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname })).stdout.trim();
}

test("after terminating channels whose peer never answers a close, nothing keeps the process alive", async () => {
  const peer = await startNodePeer({ answersClose: false });
  onTestFinished(() => peer.close());
  const resources = await run(`
    import { nativeTransport } from "../../src/node/index.ts";
    const signal = new AbortController().signal;
    const request = { url: "${peer.url}", protocols: [], headers: {}, maxMessageBytes: 1000, signal };
    const open = () => new Promise((closed) => {
      const events = { message() {}, pong() {}, drain() {}, close: () => closed() };
      nativeTransport().open(request, events).then((channel) => {
        channel.close(1000);
        channel.terminate();
      });
    });
    await Promise.all(Array.from({ length: 10 }, open));
    // A destroyed socket is gone after the event loop has been round once.
    for (let i = 0; i < 2; i += 1) await new Promise((resolve) => setImmediate(resolve));
    const ours = process.getActiveResourcesInfo().filter((name) => !/Pipe|TTY/.test(name));
    console.log(JSON.stringify(ours));
  `);
  expect(JSON.parse(resources)).toEqual([]);
});

test("an attempt that ends leaves no listener on the caller's signal", async () => {
  const peer = await startNodePeer();
  onTestFinished(() => peer.close());
  const { signal } = new AbortController();
  const add = vi.spyOn(signal, "addEventListener");
  const remove = vi.spyOn(signal, "removeEventListener");
  const events = { message() {}, pong() {}, drain() {}, close() {} };
  const request = { url: peer.url, protocols: [], headers: {}, maxMessageBytes: 1000, signal };
  (await nativeTransport().open(request, events)).terminate();
  expect(add.mock.calls.length).toBe(1);
  expect(remove.mock.calls).toEqual(add.mock.calls);
});
