import type { IncomingMessage as HttpResponse } from "node:http";
import type { Socket } from "node:net";
import type { Channel, ChannelEvents, OpenRequest, TlsOptions } from "@outsock/core";
import { CachedLookup, type Dial, Dialer, OpenAttempt, openAborted } from "@outsock/dialer";
import type { ClientOptions } from "ws";
import { OrderedWebSocket, WsChannel } from "./ws-channel.ts";
import { handshakeFailed, invalidRequest, openFailed } from "./ws-error.ts";

/** What all channels of one transport share. */
export function createDialer(tls: TlsOptions, lookupCacheMs: number): Dialer {
  return new Dialer({ tls, lookupCache: lookupCacheMs === 0 ? undefined : new CachedLookup(lookupCacheMs) });
}

export type WebSocketConstructor = new (
  url: string,
  protocols: string[],
  options: ClientOptions,
) => OrderedWebSocket;

/** The longest that a timer takes. It ends with the socket, so it holds no process that the socket does not hold. */
const never = 2 ** 31 - 1;

/** Runs one opening handshake. Whatever ends it early destroys the socket. */
export function openWsChannel(
  dialer: Dialer,
  request: OpenRequest,
  events: ChannelEvents,
  WebSocketClass: WebSocketConstructor = OrderedWebSocket,
): Promise<Channel> {
  return new Promise((resolve, reject) => {
    const { signal } = request;
    if (signal.aborted) throw openAborted();
    const dial = dialer.dial(request);
    const ws = construct(WebSocketClass, request, dial);
    const attempt = new OpenAttempt(signal, (error) => {
      dial.failed();
      reject(error);
      ws.terminate();
    });
    const failed = (error: Error) => attempt.fail(openFailed(error, dial.stage));
    const refused = (_request: unknown, response: HttpResponse) => attempt.fail(handshakeFailed(response));
    // Stays where opening fails: ws emits an error for what it is made to give up.
    ws.on("error", failed);
    ws.on("unexpected-response", refused);
    // In the tick of ws's own "open", before it reads on: a greeting in the same packet meets its listener.
    ws.once("open", () => {
      if (!dial.socket || !attempt.end()) return;
      resolve(new WsChannel(ws, dial.socket, events));
      ws.off("error", failed);
      // An open socket keeps nothing of how it was opened.
      ws.off("unexpected-response", refused);
    });
  });
}

function construct(WebSocketClass: WebSocketConstructor, request: OpenRequest, dial: Dial): OrderedWebSocket {
  const options = {
    headers: { ...request.headers },
    perMessageDeflate: false,
    followRedirects: false,
    // ws keeps the limit in 32 bits and takes 0 for no limit.
    maxPayload: Math.max(1, Math.min(request.maxMessageBytes, never)),
    // ws would end an unanswered close after 30 s; how long to wait is the manager's decision.
    closeTimeout: never,
    // ws ends its side when nothing more is due: both Close frames passed, or the peer broke the protocol. A peer that
    // does not end its own side is not waited for.
    createConnection: () => dial.connect().on("finish", destroy),
  };
  try {
    return new WebSocketClass(request.url, [...request.protocols], options);
  } catch (error) {
    throw invalidRequest(error);
  }
}

function destroy(this: Socket): void {
  this.destroy();
}
