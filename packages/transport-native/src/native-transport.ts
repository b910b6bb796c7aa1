import type { Channel, ChannelEvents, OpenRequest, Transport, TransportCapabilities } from "@outsock/core";
import { checkRequest, openNativeChannel, type Platform, type Runtime } from "./open-channel.ts";
import type { NativeWebSocketConstructor } from "./web-socket.ts";

export interface NativeTransportOptions {
  /**
   * The constructor to use, for instance a polyfill. It is treated as a standard one: no headers, no terminate.
   * Default: `globalThis.WebSocket`, with what this runtime adds to the standard.
   */
  readonly WebSocket?: NativeWebSocketConstructor | undefined;
}

/**
 * A transport on the platform's own WebSocket. It works wherever there is one. What the platform does not report or allow
 * is in `capabilities`, which depend on the runtime: Node, Deno and Bun send request headers, browsers and Workers do
 * not; in Node `terminate` destroys the socket, elsewhere the channel is abandoned.
 *
 * @throws TypeError for an unknown option, and where there is no WebSocket.
 */
export function nativeTransport(options: NativeTransportOptions = {}): Transport {
  return createTransport(options);
}

/** `openInNode` opens the channels of Node's own WebSocket with access to their sockets. */
export function createTransport(
  options: NativeTransportOptions,
  openInNode?: (request: OpenRequest, events: ChannelEvents, platform: Platform) => Promise<Channel>,
): Transport {
  const platform = platformOf(options);
  const nodeOpen = platform.runtime === "node" ? openInNode : undefined;
  const open = nodeOpen ?? openNativeChannel;
  return {
    capabilities: capabilitiesOf(platform, nodeOpen !== undefined),
    async open(request: OpenRequest, events: ChannelEvents): Promise<Channel> {
      checkRequest(request, platform);
      return open(request, events, platform);
    },
  };
}

function platformOf(options: NativeTransportOptions): Platform {
  const { WebSocket = globalThis.WebSocket, ...unknown } = options;
  for (const name of Object.keys(unknown)) throw new TypeError(`nativeTransport: unknown option "${name}"`);
  if (typeof WebSocket !== "function") {
    const what =
      options.WebSocket === undefined
        ? "this runtime has no global WebSocket"
        : "WebSocket is not a constructor";
    throw new TypeError(`nativeTransport: ${what}`);
  }
  return { WebSocket, runtime: WebSocket === globalThis.WebSocket ? currentRuntime() : "other" };
}

function capabilitiesOf({ runtime }: Platform, ownsSockets: boolean): TransportCapabilities {
  return Object.freeze({
    name: "native",
    network: true,
    headers: runtime !== "other",
    tlsOptions: false,
    failureReason: false,
    addressCheck: false,
    messageLimit: false,
    coalescing: false,
    drain: false,
    messagesWhileClosing: ownsSockets,
    closeReachesPeer: true,
    pause: false,
    ping: false,
    terminate: ownsSockets,
    unref: ownsSockets,
  });
}

/** Deno and Bun imitate Node's `process`, so they are recognized first. */
function currentRuntime(): Runtime {
  if ("Deno" in globalThis) return "deno";
  if ("Bun" in globalThis) return "bun";
  return typeof property(property(Reflect.get(globalThis, "process"), "versions"), "undici") === "string"
    ? "node"
    : "other";
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
