import { type Channel, type ChannelEvents, type OpenRequest, TransportError } from "@outsock/core";
import { NativeChannel, type SocketAccess } from "./native-channel.ts";
import { abortedError, notOpenedError, refusedError } from "./native-error.ts";
import type { NativeWebSocket, NativeWebSocketConstructor, NativeWebSocketInit } from "./web-socket.ts";

/** The runtime, as far as it matters to the WebSocket constructor. */
export type Runtime = "node" | "deno" | "bun" | "other";

/** A WebSocket constructor, and what it can do beyond the standard. */
export interface Platform {
  readonly WebSocket: NativeWebSocketConstructor;
  readonly runtime: Runtime;
}

/** Refuses at once what this platform cannot do. */
export function checkRequest(request: OpenRequest, { runtime }: Platform): void {
  if (request.signal.aborted) throw abortedError();
  if (request.allowAddress) {
    throw new TransportError(
      "URL_FORBIDDEN",
      "the platform does not report the address, so it cannot be checked",
    );
  }
  if (runtime === "other" && Object.keys(request.headers).length > 0) {
    throw new TransportError("CONNECT_FAILED", "this runtime's WebSocket cannot send request headers");
  }
}

function initOf(request: OpenRequest, access: SocketAccess | undefined): NativeWebSocketInit | string[] {
  const protocols = [...request.protocols];
  const headers = { ...request.headers };
  if (access) return { protocols, headers, dispatcher: access.dispatcher };
  return Object.keys(headers).length > 0 ? { protocols, headers } : protocols;
}

function create(
  request: OpenRequest,
  { WebSocket }: Platform,
  access: SocketAccess | undefined,
): NativeWebSocket {
  try {
    // Constructed so because the standard's type has no second argument with headers.
    return Reflect.construct(WebSocket, [request.url, initOf(request, access)]);
  } catch {
    // The cause would name the address or the subprotocol.
    throw refusedError();
  }
}

/** Opens one WebSocket of the platform. */
export function openNativeChannel(
  request: OpenRequest,
  events: ChannelEvents,
  platform: Platform,
  access?: SocketAccess,
): Promise<Channel> {
  const webSocket = create(request, platform, access);
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
      access?.destroy();
      webSocket.close();
      reject(error);
    };
    const abort = (): void => fail(abortedError());
    const failToConnect = (): void => fail(notOpenedError());
    request.signal.addEventListener("abort", abort);
    // Node 22 has no close event for a WebSocket that did not open.
    webSocket.addEventListener("error", failToConnect);
    webSocket.addEventListener("close", failToConnect);
    webSocket.addEventListener("open", () => {
      // In Node no extension was offered, so a peer that names one breaks the handshake (RFC 6455 4.1).
      if (access && webSocket.extensions !== "") return failToConnect();
      if (!settle()) return;
      const { maxMessageBytes } = request;
      resolve(new NativeChannel({ webSocket, events, maxMessageBytes, access }));
    });
  });
}
