import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:https";
import type { TLSSocket } from "node:tls";
import type { Transport } from "@outsock/core";
import { testCa, trustedPair } from "@outsock/transport-contract/node-peer";
import { expect, onTestFinished, test } from "vitest";
import { undiciTransport } from "../../src/index.ts";
import { noEvents, requestFor } from "../support/connect.ts";

interface ResumingServer {
  readonly url: string;
  /** For each handshake that the server completed: whether it resumed a session. */
  readonly resumed: boolean[];
}

/** Accepts every WebSocket and greets it, behind the tickets that a server of TLS 1.3 sends after the handshake. */
async function startServer(): Promise<ResumingServer> {
  const resumed: boolean[] = [];
  const server = createServer(trustedPair);
  server.on("secureConnection", (socket: TLSSocket) => resumed.push(socket.isSessionReused()));
  server.on("upgrade", (request, socket) => {
    const key = `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash("sha1").update(key).digest("base64");
    socket.on("error", () => {});
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.write(Uint8Array.of(0x81, 1, 0x61));
  });
  server.listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const address = server.address();
  return { url: `wss://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`, resumed };
}

async function visit(transport: Transport, url: string): Promise<void> {
  let greeted = (): void => {};
  const greeting = new Promise<void>((resolve) => {
    greeted = resolve;
  });
  const channel = await transport.open(requestFor(url), { ...noEvents, message: greeted });
  await greeting;
  channel.terminate();
}

test("the channels of one transport resume TLS sessions, those of another do not", async () => {
  const { url, resumed } = await startServer();
  const transport = undiciTransport({ tls: { ca: testCa } });
  for (let i = 0; i < 3; i += 1) await visit(transport, url);
  await visit(undiciTransport({ tls: { ca: testCa } }), url);
  expect(resumed).toEqual([false, true, true, false]);
});
