import { once } from "node:events";
import { createServer as createPlainServer } from "node:http";
import { createServer, type ServerOptions } from "node:https";
import { trustedPair } from "@outsock/transport-contract/node-peer";
import { onTestFinished } from "vitest";
import { WebSocketServer } from "ws";

export interface WsServer {
  readonly url: string;
  /** What its TCP or TLS sockets and handshakes are listened to on. */
  readonly http: ReturnType<typeof createServer> | ReturnType<typeof createPlainServer>;
  readonly ws: WebSocketServer;
}

/** A server of ws's own on localhost, closed with the test. */
export async function startWsServer(tls?: ServerOptions): Promise<WsServer> {
  const http = tls === undefined ? createPlainServer() : createServer({ ...trustedPair, ...tls });
  const ws = new WebSocketServer({ server: http });
  onTestFinished(() => {
    for (const client of ws.clients) client.terminate();
    http.close();
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const address = http.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { url: `${tls === undefined ? "ws" : "wss"}://localhost:${port}/`, http, ws };
}
