import { execFile } from "node:child_process";
import { channel as diagnosticsChannel } from "node:diagnostics_channel";
import { promisify } from "node:util";
import { expect, test, vi } from "vitest";
import { undiciTransport } from "../../src/index.ts";
import { connect, noEvents, requestFor, startPeer } from "../support/connect.ts";

const pong = diagnosticsChannel("undici:websocket:pong");

/** A process of its own, so that what keeps it alive is ours alone. */
async function run(source: string): Promise<string> {
  const args = ["--conditions=@outsock/source", "--input-type=module", "--eval", source];
  return (await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname })).stdout.trim();
}

test("importing the package does not load undici", async () => {
  const loaded = `Symbol.for("undici.globalDispatcher.2") in globalThis`;
  expect(await run(`import "../../src/index.ts"; console.log(${loaded})`)).toBe("false");
  expect(await run(`import "undici"; console.log(${loaded})`)).toBe("true");
});

test("after channels have closed, been terminated and failed, nothing keeps the process alive", async () => {
  const [peer, rejecting] = await Promise.all([
    startPeer(),
    startPeer({ handshake: { type: "reject", status: 503 } }),
  ]);
  const resources = await run(`
    import { undiciTransport } from "../../src/index.ts";
    const transport = undiciTransport();
    const signal = new AbortController().signal;
    const request = { url: "${peer.url}", protocols: [], headers: {}, maxMessageBytes: 1000, signal };
    let count = 0;
    const open = () => new Promise((closed) => {
      const events = { message() {}, pong() {}, drain() {}, close: () => closed() };
      transport.open(request, events).then((channel) => { end(channel); });
      const end = (channel) => (count += 1) % 2 ? channel.close(1000) : channel.terminate();
    });
    await Promise.all(Array.from({ length: 10 }, open));
    await transport.open({ ...request, url: "${rejecting.url}" }, {}).catch(() => {});
    // A destroyed socket is gone after the event loop has been round once.
    for (let i = 0; i < 2; i += 1) await new Promise((resolve) => setImmediate(resolve));
    const ours = process.getActiveResourcesInfo().filter((name) => !/Pipe|TTY/.test(name));
    console.log(JSON.stringify(ours));
  `);
  expect(JSON.parse(resources)).toEqual([]);
});

test("undici's pongs are listened for only while a channel is open, and reach only their channel", async () => {
  const first = await connect();
  const second = await connect();
  expect(pong.hasSubscribers).toBe(true);
  first.channel.ping();
  await vi.waitUntil(() => first.pongs.count > 0);
  expect(second.pongs.count).toBe(0);
  first.channel.close();
  second.channel.terminate();
  await Promise.all([first.closed, second.closed]);
  expect(pong.hasSubscribers).toBe(false);
});

test("an attempt that ends leaves no listener on the caller's signal", async () => {
  const peer = await startPeer();
  const { signal } = new AbortController();
  const add = vi.spyOn(signal, "addEventListener");
  const remove = vi.spyOn(signal, "removeEventListener");
  const channel = await undiciTransport().open(requestFor(peer.url, { signal }), noEvents);
  channel.terminate();
  expect(add.mock.calls.length).toBe(1);
  expect(remove.mock.calls).toEqual(add.mock.calls);
});
