import { Session } from "node:inspector/promises";
import { registerHooks } from "node:module";
import type { Transport } from "@outsock/core";
import type { Peer, PeerConnection } from "@outsock/transport-contract";
import { instrument } from "../support/instrument.ts";

/**
 * Runs single calls on the sources and prints, for each, which source files it entered in which order, and in which V8
 * saw a function run. Servers are of this process, but not of the files that count.
 */
const counted = /\/packages\/((?!transport-contract|test-servers|acceptance)[a-z-]+\/src\/.+\.ts)$/;
const entered = new Set<string>();
Reflect.set(globalThis, "__entered", (file: string) => entered.add(file));

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const file = counted.exec(url)?.[1];
    if (file === undefined || loaded.source == null) return loaded;
    const code = typeof loaded.source === "string" ? loaded.source : new TextDecoder().decode(loaded.source);
    return { ...loaded, source: instrument(file, code, `globalThis.__entered(${JSON.stringify(file)})`) };
  },
});

// Not before the hooks.
const { createWebSocketManager, unwrap } = await import("@outsock/core");
const { jsonRpc, openSession } = await import("@outsock/session");
const { startNodePeer } = await import("@outsock/transport-contract/node-peer");
const { pooled } = await import("@outsock/transport-pool");
const { wsTransport } = await import("@outsock/transport-ws");

const inspector = new Session();
inspector.connect();
await inspector.post("Profiler.enable");

/** Once to warm up, as what is loaded late is no part of a call, and once to see. */
async function trace(name: string, call: () => Promise<void>): Promise<void> {
  await call();
  await inspector.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  await inspector.post("Profiler.takePreciseCoverage");
  entered.clear();
  await call();
  const order = [...entered];
  const { result } = await inspector.post("Profiler.takePreciseCoverage");
  await inspector.post("Profiler.stopPreciseCoverage");
  const ran = result
    .filter(({ functions }) => functions.some(({ ranges: [whole] }) => (whole?.count ?? 0) > 0))
    .flatMap(({ url }) => counted.exec(url)?.[1] ?? [])
    .sort();
  process.stdout.write(`${JSON.stringify({ name, order, ran })}\n`);
}

/** A server that answers every text on every connection. */
async function startServer(answer: (text: string) => string): Promise<Peer> {
  const peer = await startNodePeer();
  const converse = async (remote: PeerConnection): Promise<void> => {
    for (;;) {
      const frame = await remote.nextFrame();
      if (frame.type === "text") remote.send(answer(frame.text));
      if (frame.type === "close") return;
    }
  };
  void (async () => {
    for (;;) void converse(await peer.nextConnection()).catch(() => undefined);
  })().catch(() => undefined);
  return peer;
}

const managerOn = (transport: Transport): ReturnType<typeof createWebSocketManager> =>
  createWebSocketManager({ transport });

const echo = await startServer((text) => text);
const rpc = await startServer((text) => {
  const { id, params } = JSON.parse(text);
  return JSON.stringify({ jsonrpc: "2.0", id, result: params });
});

const manager = managerOn(wsTransport());
await trace("manager.request over ws", async () => {
  unwrap(await manager.request(echo.url, { a: 1 }));
});

const { connection } = unwrap(await manager.connect(echo.url));
await trace("manager.send and manager.receive on an open connection", async () => {
  unwrap(await manager.send(connection, { a: 1 }));
  unwrap(await manager.receive(connection));
});

const { session } = unwrap(await openSession(manager, { url: rpc.url, protocol: jsonRpc() }));
await trace("session.call", async () => {
  unwrap(await session.call("method", [1]));
});

const pooling = managerOn(pooled(wsTransport()));
unwrap(await pooling.request(echo.url, { a: 1 }));
await trace("manager.request on a warm connection of a pool", async () => {
  unwrap(await pooling.request(echo.url, { a: 1 }));
});

process.exit();
