import type { IncomingMessage as HttpAnswer } from "node:http";
import type { Channel, ChannelEvents, OpenRequest, TransportError } from "@outsock/core";
import type { ClientOptions } from "ws";
import type { Dialler } from "./dialler.ts";
import { Dialling } from "./dialling.ts";
import { OrderedWebSocket } from "./ordered-web-socket.ts";
import { WsChannel } from "./ws-channel.ts";
import { aborted, invalidRequest, openFailed, rejected } from "./ws-error.ts";

export type WebSocketConstructor = new (
  url: string,
  protocols: string[],
  options: ClientOptions,
) => OrderedWebSocket;

/** The longest that a timer takes. It ends with the socket, so it holds no process that the socket does not hold. */
const never = 2 ** 31 - 1;

/** Runs one opening handshake. Whatever ends it early destroys the socket. */
export function openChannel(
  dialler: Dialler,
  request: OpenRequest,
  events: ChannelEvents,
  WebSocketClass: WebSocketConstructor = OrderedWebSocket,
): Promise<Channel> {
  return new Promise((resolve, reject) => {
    const { signal } = request;
    if (signal.aborted) throw aborted();
    const dialling = new Dialling(dialler, request);
    const ws = construct(WebSocketClass, request, dialling);
    const abort = () => fail(aborted());
    const failed = (error: Error) => fail(openFailed(error, dialling.stage));
    const refused = (_request: unknown, answer: HttpAnswer) => fail(rejected(answer));
    const fail = (error: TransportError) => {
      signal.removeEventListener("abort", abort);
      dialling.failed();
      reject(error);
      ws.terminate();
    };
    signal.addEventListener("abort", abort);
    // Stays where opening fails: ws emits an error for what it is made to give up.
    ws.on("error", failed);
    ws.on("unexpected-response", refused);
    // In the tick of ws's own "open", before it reads on: a greeting in the same packet meets its listener.
    ws.once("open", () => {
      signal.removeEventListener("abort", abort);
      resolve(new WsChannel(ws, dialling.opened(), events));
      ws.off("error", failed);
      // An open socket keeps nothing of how it was opened.
      ws.off("unexpected-response", refused);
    });
  });
}

function construct(
  WebSocketClass: WebSocketConstructor,
  request: OpenRequest,
  dialling: Dialling,
): OrderedWebSocket {
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
