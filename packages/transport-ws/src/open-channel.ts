import type { Socket } from "node:net";
import {
  type Channel,
  type ChannelEvents,
  type OpenRequest,
  type TlsOptions,
  TransportError,
} from "@outsock/core";
import {
  causedBy,
  codeOf,
  createDialer,
  type Dial,
  type DialStage,
  dialFailed,
  handshakeRejected,
  lookupCache,
  openAborted,
  withCode,
} from "@outsock/dialer";
import { WsChannel } from "./ws-channel.ts";

/** Opens the channels of one transport, which share TLS sessions and cached addresses. */
export type OpenChannel = (
  request: OpenRequest,
  events: ChannelEvents,
  ChannelClass?: typeof WsChannel,
) => Promise<Channel>;

/** The largest limit that ws can keep, in 32 bits. */
const maxPayloadBytes = 2 ** 31 - 1;

/** The longest that a timer takes. It ends with the socket, so it holds no process that the socket does not hold. */
const longestTimeoutMs = 2 ** 31 - 1;

export function createOpen(tls: TlsOptions, lookupCacheMs: number): OpenChannel {
  const dialer = createDialer(tls, lookupCacheMs > 0 ? lookupCache(lookupCacheMs) : undefined);
  /** Runs one opening handshake. Whatever ends it early destroys the socket. */
  return (request, events, ChannelClass = WsChannel) =>
    new Promise((resolve, reject) => {
      const { signal } = request;
      if (signal.aborted) throw openAborted();
      const dial = dialer.dial(request);
      const ws = construct(ChannelClass, request, dial);
      // The promise keeps to the first failure. ws emits one more for what it is made to give up.
      const fail = (error: TransportError): void => {
        signal.removeEventListener("abort", abort);
        dial.failed();
        reject(error);
        ws.terminate();
      };
      const abort = (): void => fail(openAborted());
      signal.addEventListener("abort", abort);
      ws.on("error", (error) => fail(openFailed(error, dial.stage)));
      ws.on("unexpected-response", (_request, { statusCode = 0, headers }) =>
        fail(handshakeRejected(statusCode, headers["retry-after"])),
      );
      // In the tick of ws's own "open", before it reads on: a greeting in the same packet meets its listener.
      ws.on("open", () => {
        signal.removeEventListener("abort", abort);
        // An open socket keeps nothing of how it was opened.
        ws.removeAllListeners();
        if (dial.socket) ws.start(dial.socket, events);
        resolve(ws);
      });
    });
}

function construct(ChannelClass: typeof WsChannel, request: OpenRequest, dial: Dial): WsChannel {
  const options = {
    headers: request.headers,
    perMessageDeflate: false,
    // ws takes 0 for no limit.
    maxPayload: Math.max(1, Math.min(request.maxMessageBytes, maxPayloadBytes)),
    // ws would end an unanswered close after 30 s; how long to wait is the manager's decision.
    closeTimeout: longestTimeoutMs,
    // ws ends its side when nothing more is due: both Close frames passed, or the peer broke the protocol. A peer that
    // does not end its own side is not waited for.
    createConnection: () => dial.connect().on("finish", destroy),
  };
  try {
    return new ChannelClass(request.url, [...request.protocols], options);
  } catch (error) {
    // Its message may hold the URL.
    const message = withCode("the URL, a header or a subprotocol cannot be sent", error);
    throw new TransportError("PROTOCOL_ERROR", message);
  }
}

/** One function for all sockets, as an open one keeps it. */
function destroy(this: Socket): void {
  this.destroy();
}

/** An error before the channel was open. */
function openFailed(error: Error, stage: DialStage): TransportError {
  const code = codeOf(error);
  // Errors of the HTTP parser hold the bytes that they complain about. An error without a code is of ws itself.
  if (code.startsWith("HPE_"))
    return new TransportError("PROTOCOL_ERROR", `the answer is not HTTP (${code})`);
  return stage === "securing" || code
    ? dialFailed(error, stage)
    : causedBy(error, "PROTOCOL_ERROR", error.message);
}
