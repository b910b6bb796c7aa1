import type { Channel, ChannelEvents, OpenRequest, Transport } from "@outsock/core";
import { createTransport, type NativeTransportOptions, platformOf } from "../native-transport.ts";
import { openNativeChannel, type Platform } from "../open-channel.ts";

export type { NativeTransportOptions } from "../native-transport.ts";
export type { NativeCloseEvent, NativeWebSocket, NativeWebSocketConstructor } from "../web-socket.ts";

/** The same transport as the standard entry's, which in Node has access to the sockets. Deno and Bun resolve it too. */
export function nativeTransport(options: NativeTransportOptions = {}): Transport {
  const platform = platformOf(options);
  return createTransport(platform, platform.runtime === "node" ? openInNode : undefined);
}

/** Node's network is loaded by the first open, and never in Deno and Bun. */
let loaded: typeof import("./socket-access.ts") | undefined;

async function openInNode(request: OpenRequest, events: ChannelEvents, platform: Platform): Promise<Channel> {
  loaded ??= await import("./socket-access.ts");
  return openNativeChannel(request, events, platform, new loaded.NodeSocketAccess(request.url));
}
