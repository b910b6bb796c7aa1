import type { IncomingMessage as HttpAnswer } from "node:http";
import type { Channel, ChannelEvents, OpenRequest, TlsOptions, TransportError } from "@outsock/core";
import type { ClientOptions, WebSocket } from "ws";
import { Dialling } from "./dialling.ts";
import { WsChannel } from "./ws-channel.ts";
import { aborted, invalidRequest, openFailed, rejected } from "./ws-error.ts";

export type WebSocketConstructor = new (
  url: string,
  protocols: string[],
  options: ClientOptions,
) => WebSocket;

/** The longest that a timer takes. It ends with the socket, so it holds no process that the socket does not hold. */
const never = 2 ** 31 - 1;

/** Runs one opening handshake. Whatever ends it early destroys the socket. */
export function openChannel(
  WebSocketClass: WebSocketConstructor,
  request: OpenRequest,
  events: ChannelEvents,
  tls: TlsOptions,
): Promise<Channel> {
  return new Promise((resolve, reject) => {
    const dialling = new Dialling(request, tls);
    const ws = construct(WebSocketClass, request, dialling);
    const abort = () => fail(aborted());
    const failed = (error: Error) => fail(openFailed(error, dialling.stage));
    const fail = (error: TransportError) => {
      request.signal.removeEventListener("abort", abort);
      reject(error);
      ws.terminate();
    };
    request.signal.addEventListener("abort", abort);
    // Stays where opening fails: ws emits an error for what it is made to give up.
    ws.on("error", failed);
    ws.on("unexpected-response", (_request: unknown, answer: HttpAnswer) => fail(rejected(answer)));
    // In the tick of ws's own "open", before it reads on: a greeting in the same packet meets its listener.
    ws.on("open", () => {
      request.signal.removeEventListener("abort", abort);
      resolve(new WsChannel(ws, events));
      ws.off("error", failed);
    });
  });
}

function construct(
  WebSocketClass: WebSocketConstructor,
  request: OpenRequest,
  dialling: Dialling,
): WebSocket {
  const options = {
    headers: { ...request.headers },
    perMessageDeflate: false,
    followRedirects: false,
    // ws keeps the limit in 32 bits and takes 0 for no limit.
    maxPayload: Math.max(1, Math.min(request.maxMessageBytes, never)),
    // ws would end an unanswered close after 30 s; how long to wait is the manager's.
    closeTimeout: never,
    createConnection: () => dialling.start(),
  };
  try {
    return new WebSocketClass(request.url, [...request.protocols], options);
  } catch (error) {
    throw invalidRequest(error);
  }
}
