import { type Channel, type ChannelEvents, type OpenRequest, TransportError } from "@outsock/core";
import { NativeChannel } from "./native-channel.ts";
import { abortedError, connectError, refusedError } from "./native-error.ts";
import { NodeTap } from "./node-tap.ts";
import type { Runtime } from "./runtime.ts";
import type { NativeWebSocket, NativeWebSocketConstructor, NativeWebSocketInit } from "./web-socket.ts";

/** A WebSocket constructor, and what it can do beyond the standard. */
export interface Platform {
  readonly WebSocket: NativeWebSocketConstructor;
  readonly runtime: Runtime;
}

/** Refuses at once what this platform cannot do. */
export function check(request: OpenRequest, { runtime }: Platform): void {
  if (request.signal.aborted) throw abortedError();
  if (request.allowAddress) {
    throw new TransportError(
      "URL_FORBIDDEN",
      "the platform does not tell the address, so it cannot be allowed",
    );
  }
  if (runtime === "other" && Object.keys(request.headers).length > 0) {
    throw new TransportError("CONNECT_FAILED", "this runtime's WebSocket cannot send request headers");
  }
}

function initOf(request: OpenRequest, tap: NodeTap | undefined): NativeWebSocketInit | string[] {
  const protocols = [...request.protocols];
  const headers = { ...request.headers };
  if (tap) return { protocols, headers, dispatcher: tap.dispatcher };
  return Object.keys(headers).length > 0 ? { protocols, headers } : protocols;
}

function create(request: OpenRequest, { WebSocket }: Platform, tap: NodeTap | undefined): NativeWebSocket {
  try {
    // Constructed so because the standard's type has no second argument with headers.
    return Reflect.construct(WebSocket, [request.url, initOf(request, tap)]);
  } catch {
    // The cause would name the address or the subprotocol.
    throw refusedError();
  }
}

/** Opens one WebSocket of the platform. */
export function openChannel(
  request: OpenRequest,
  events: ChannelEvents,
  platform: Platform,
): Promise<Channel> {
  const tap = platform.runtime === "node" ? new NodeTap() : undefined;
  const webSocket = create(request, platform, tap);
  webSocket.binaryType = "arraybuffer";
  return new Promise((resolve, reject) => {
    let isSettled = false;
    const settle = (): boolean => {
      if (isSettled) return false;
      isSettled = true;
      request.signal.removeEventListener("abort", abort);
      return true;
    };
    const fail = (error: TransportError): void => {
      if (!settle()) return;
      tap?.destroy();
      webSocket.close();
      reject(error);
    };
    const abort = (): void => fail(abortedError());
    request.signal.addEventListener("abort", abort);
    // Node 22 has no close event for a WebSocket that did not open.
    webSocket.addEventListener("error", () => fail(connectError()));
    webSocket.addEventListener("close", () => fail(connectError()));
    webSocket.addEventListener("open", () => {
      // With a tap no extension was offered, so a peer that names one breaks the handshake (RFC 6455 4.1).
      if (tap && webSocket.extensions !== "") return fail(connectError());
      if (!settle()) return;
      const { maxMessageBytes } = request;
      resolve(new NativeChannel({ webSocket, events, maxMessageBytes, tap }));
    });
  });
}
