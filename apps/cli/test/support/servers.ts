import { once } from "node:events";
import { createServer } from "node:net";
import type { Peer } from "@outsock/transport-contract";
import { startNodePeer } from "@outsock/transport-contract/node-peer";
import { onTestFinished } from "vitest";
import { type EchoOptions, startEchoServer } from "../../src/echo/echo-server.ts";

/** The echo server, in this process. */
export async function echoUrl(options: Partial<EchoOptions> = {}): Promise<string> {
  const server = await startEchoServer({ host: "127.0.0.1", port: 0, ...options }, () => undefined);
  onTestFinished(() => server.stop());
  return server.url;
}

/** A server that the test scripts. */
export async function startPeer(...script: Parameters<typeof startNodePeer>): Promise<Peer> {
  const peer = await startNodePeer(...script);
  onTestFinished(() => peer.close());
  return peer;
}

/** A URL where nothing is listening. */
export async function deadUrl(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return `ws://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
}

/** A server that ends with the test. */
export async function use<Server extends AsyncDisposable>(starting: Promise<Server>): Promise<Server> {
  const server = await starting;
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}
