import PartySocket from "partysocket/ws";
import { Client as RpcClient } from "rpc-websockets";
import { WebSocket as UndiciWebSocket } from "undici";
import WebSocketAsPromised from "websocket-as-promised";
import { WebSocket as WsWebSocket } from "ws";
import { opened, type StandardSocket } from "./standard-socket.ts";

/** Without compression, like all other clients here. */
class PlainWebSocket extends WsWebSocket {
  constructor(url: string, protocols: string | string[]) {
    super(url, protocols, { perMessageDeflate: false });
  }
}

/** Other clients with the standard WebSocket interface, by name. */
export const standardPeers: Readonly<Record<string, (url: string) => StandardSocket>> = {
  undici: (url) => new UndiciWebSocket(url),
  native: (url) => new WebSocket(url),
  partysocket: (url) => new PartySocket(url, [], { WebSocket: PlainWebSocket, maxRetries: 0 }),
};

export function openStandardPeer(name: string, url: string): Promise<StandardSocket> {
  const create = standardPeers[name];
  if (create === undefined) throw new Error(`there is no peer ${name}`);
  return opened(create(url));
}

/** websocket-as-promised on ws, with JSON and requests by id. */
export async function openWebSocketAsPromised(url: string): Promise<WebSocketAsPromised> {
  // Its types require the DOM's WebSocket, but its documentation uses ws.
  const client = new WebSocketAsPromised(url, {
    ...Object({ createWebSocket: (address: string) => new PlainWebSocket(address, []) }),
    extractMessageData: (event: unknown) => event,
    packMessage: (data: unknown) => JSON.stringify(data),
    unpackMessage: (data: unknown) => JSON.parse(String(data)),
    attachRequestId: (data: object, id: unknown) => ({ ...data, id }),
    extractRequestId: (data: { id?: number } | undefined) => data?.id,
  });
  await client.open();
  return client;
}

/** rpc-websockets on ws. */
export async function openRpcWebSockets(url: string): Promise<RpcClient> {
  const client = new RpcClient(url, { perMessageDeflate: false, reconnect: false });
  await new Promise<void>((resolve) => client.once("open", () => resolve()));
  return client;
}
