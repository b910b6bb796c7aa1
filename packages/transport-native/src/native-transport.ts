import type { Channel, ChannelEvents, OpenRequest, Transport, TransportCapabilities } from "@outsock/core";
import { check, openChannel, type Platform } from "./open-channel.ts";
import { currentRuntime, type Runtime } from "./runtime.ts";
import type { NativeWebSocketConstructor } from "./web-socket.ts";

export interface NativeTransportOptions {
  /**
   * The constructor to use, for instance a polyfill. It is taken for a standard one: no headers, no terminate.
   * Default: `globalThis.WebSocket`, with what this runtime adds to the standard.
   */
  readonly WebSocket?: NativeWebSocketConstructor | undefined;
}

function platformOf(options: NativeTransportOptions): Platform {
  const { WebSocket = globalThis.WebSocket, ...unknown } = options;
  for (const name of Object.keys(unknown)) throw new TypeError(`nativeTransport: unknown option "${name}"`);
  if (typeof WebSocket !== "function") {
    const what =
      options.WebSocket === undefined
        ? "this runtime has no global WebSocket"
        : "WebSocket is no constructor";
    throw new TypeError(`nativeTransport: ${what}`);
  }
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
    coalescing: false,
    drain: false,
    messagesWhileClosing: runtime === "node",
    closeReachesPeer: true,
    pause: false,
    ping: false,
    terminate: runtime === "node",
    unref: runtime === "node",
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
