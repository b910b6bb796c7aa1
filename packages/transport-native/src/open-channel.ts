import { type Channel, type ChannelEvents, type OpenRequest, TransportError } from "@outsock/core";
import { NativeChannel } from "./native-channel.ts";
import type { NativeWebSocket, NativeWebSocketConstructor } from "./web-socket.ts";

/** The runtime, as far as it matters to the WebSocket constructor, which takes headers in Node, Deno and Bun. */
export type Runtime = "node" | "like node" | "other";

/** A WebSocket constructor, and what it can do beyond the standard. */
export interface Platform {
  readonly WebSocket: NativeWebSocketConstructor;
  readonly runtime: Runtime;
}

/** Access to the socket under a WebSocket, in the runtime that lets us have it: Node. */
export interface SocketAccess {
  /** What the constructor is given besides what all are. */
  readonly init: object;
  /** The channel of the WebSocket, once that is open. */
  channel(webSocket: NativeWebSocket, events: ChannelEvents, maxMessageBytes: number): Channel;
  /** Ends the attempt and the socket now, or as soon as there is one. */
  destroy(): void;
}

/** Opens one WebSocket of the platform. What the platform cannot do is refused at once. */
export async function openNativeChannel(
  request: OpenRequest,
  events: ChannelEvents,
  platform: Platform,
  access?: SocketAccess,
): Promise<Channel> {
  const { signal, allowAddress } = request;
  if (signal.aborted) throw aborted();
  if (allowAddress) {
    throw new TransportError(
      "URL_FORBIDDEN",
      "the platform does not report the address, so it cannot be checked",
    );
  }
  const webSocket = create(request, platform, access);
  return new Promise((resolve, reject) => {
    let isSettled = false;
    const settle = (): boolean => {
      const isFirst = !isSettled;
      isSettled = true;
      signal.removeEventListener("abort", abort);
      return isFirst;
    };
    const fail = (error: TransportError): void => {
      if (!settle()) return;
      access?.destroy();
      webSocket.close();
      reject(error);
    };
    const abort = (): void => fail(aborted());
    // The platform gives no reasons, so that pages cannot explore networks (WHATWG WebSockets 4, "feedback").
    const failToConnect = (): void =>
      fail(connectFailed("the WebSocket did not open; the platform does not say why"));
    signal.addEventListener("abort", abort);
    // Node 22 has no close event for a WebSocket that did not open.
    webSocket.addEventListener("error", failToConnect);
    webSocket.addEventListener("close", failToConnect);
    webSocket.addEventListener("open", () => {
      // In Node no extension was offered, so a peer that names one breaks the handshake (RFC 6455 4.1).
      if (access && webSocket.extensions !== "") failToConnect();
      else if (settle()) {
        const { maxMessageBytes } = request;
        resolve(
          access?.channel(webSocket, events, maxMessageBytes) ??
            new NativeChannel(webSocket, events, maxMessageBytes),
        );
      }
    });
  });
}

function create(request: OpenRequest, platform: Platform, access: SocketAccess | undefined): NativeWebSocket {
  const { url, protocols, headers } = request;
  const hasHeaders = Object.keys(headers).length > 0;
  if (hasHeaders && platform.runtime === "other") {
    throw connectFailed("this runtime's WebSocket cannot send request headers");
  }
  const init = { protocols, headers, ...access?.init };
  try {
    // Constructed so because the standard's type has no second argument with headers.
    const webSocket: NativeWebSocket = Reflect.construct(platform.WebSocket, [
      url,
      access || hasHeaders ? init : protocols,
    ]);
    webSocket.binaryType = "arraybuffer";
    return webSocket;
  } catch {
    // The cause would name the address or the subprotocol.
    throw connectFailed("the platform refuses the address, a header or a subprotocol");
  }
}

function connectFailed(message: string): TransportError {
  return new TransportError("CONNECT_FAILED", message);
}

function aborted(): TransportError {
  return new TransportError("ABORTED", "the attempt was aborted");
}
