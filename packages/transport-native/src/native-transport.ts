import type { Channel, ChannelEvents, OpenRequest, Transport } from "@outsock/core";
import { openNativeChannel, type Platform, type Runtime } from "./open-channel.ts";
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
  return createTransport(platformOf(options));
}

/** `openInNode` opens the channels of Node's own WebSocket with access to their sockets. */
export function createTransport(
  platform: Platform,
  openInNode?: (request: OpenRequest, events: ChannelEvents, platform: Platform) => Promise<Channel>,
): Transport {
  const ownsSockets = openInNode !== undefined;
  const open = openInNode ?? openNativeChannel;
  return {
    capabilities: Object.freeze({
      name: "native",
      network: true,
      headers: platform.runtime !== "other",
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
    }),
    open: (request, events) => open(request, events, platform),
  };
}

export function platformOf({
  WebSocket = globalThis.WebSocket,
  ...unknown
}: NativeTransportOptions): Platform {
  for (const name of Object.keys(unknown)) throw new TypeError(`nativeTransport: unknown option "${name}"`);
  if (typeof WebSocket !== "function") {
    throw new TypeError("nativeTransport: this runtime has no WebSocket, or the option is not a constructor");
  }
  return { WebSocket, runtime: WebSocket === globalThis.WebSocket ? currentRuntime() : "other" };
}

/** Deno and Bun imitate Node's `process`, so they are recognized first. */
function currentRuntime(): Runtime {
  if ("Deno" in globalThis || "Bun" in globalThis) return "like node";
  const { process }: { readonly process?: { readonly versions?: { readonly undici?: unknown } } } =
    Object(globalThis);
  return process?.versions?.undici ? "node" : "other";
}
