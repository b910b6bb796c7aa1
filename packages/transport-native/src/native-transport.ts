import {
  type Channel,
  type ChannelEvents,
  type OpenRequest,
  type Transport,
  type TransportCapabilities,
  TransportError,
} from "@outsock/core";
import { NativeChannel } from "./native-channel.ts";
import { abortedError, connectError, refusedError } from "./native-error.ts";
import { NodeTap } from "./node-tap.ts";
import { currentRuntime, type Runtime } from "./runtime.ts";
import type { NativeWebSocket, NativeWebSocketConstructor, NativeWebSocketInit } from "./web-socket.ts";

export interface NativeTransportOptions {
  /**
   * The constructor to use, for instance a polyfill. It is taken for a standard one: no headers, no terminate.
   * Default: `globalThis.WebSocket`, with what this runtime adds to the standard.
   */
  readonly WebSocket?: NativeWebSocketConstructor;
}

/** A WebSocket constructor, and what it can do beyond the standard. */
interface Platform {
  readonly WebSocket: NativeWebSocketConstructor;
  readonly runtime: Runtime;
}

function platformOf(options: NativeTransportOptions): Platform {
  const { WebSocket = globalThis.WebSocket } = options;
  if (typeof WebSocket !== "function") throw new TypeError("this runtime has no global WebSocket");
  return { WebSocket, runtime: WebSocket === globalThis.WebSocket ? currentRuntime() : "other" };
}

function capabilitiesOf(runtime: Runtime): TransportCapabilities {
  return Object.freeze({
    name: "native",
    network: true,
    headers: runtime !== "other",
    tlsOptions: false,
    failureReason: false,
    addressCheck: false,
    messageLimit: false,
    drain: false,
    messagesWhileClosing: false,
    pause: false,
    ping: false,
    terminate: runtime === "node",
  });
}

function check(request: OpenRequest, { runtime }: Platform): void {
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

function openChannel(request: OpenRequest, events: ChannelEvents, platform: Platform): Promise<Channel> {
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

/**
 * A transport on the platform's own WebSocket. It works wherever there is one; what the platform does not tell or
 * allow stands in `capabilities`, which depend on the runtime: Node, Deno and Bun send request headers, browsers and
 * Workers do not; in Node `terminate` destroys the socket, elsewhere the channel is given up.
 */
export function nativeTransport(options: NativeTransportOptions = {}): Transport {
  const platform = platformOf(options);
  return {
    capabilities: capabilitiesOf(platform.runtime),
    async open(request: OpenRequest, events: ChannelEvents): Promise<Channel> {
      check(request, platform);
      return openChannel(request, events, platform);
    },
  };
}
