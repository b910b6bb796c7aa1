import {
  type Channel,
  type ChannelEvents,
  type OpenRequest,
  resolveTlsOptions,
  type TlsTransportOptions,
  type Transport,
  type TransportCapabilities,
} from "@outsock/core";
import type { OpenChannel } from "./open-channel.ts";

export interface WsTransportOptions extends TlsTransportOptions {
  /**
   * How long the addresses of a name are cached, in milliseconds. Default 0: every connect asks the system. A name is
   * looked up again early when none of its cached addresses could be connected to.
   */
  readonly lookupCacheMs?: number | undefined;
}

const capabilities: TransportCapabilities = Object.freeze({
  name: "ws",
  network: true,
  headers: true,
  tlsOptions: true,
  failureReason: true,
  addressCheck: true,
  messageLimit: true,
  coalescing: true,
  drain: true,
  messagesWhileClosing: true,
  closeReachesPeer: true,
  pause: true,
  ping: true,
  terminate: true,
  unref: true,
});

/**
 * A transport on the `ws` package, for Node. `ws` is loaded when the first channel is opened or by {@link preload}, not
 * before. Messages sent in one tick leave in one write. TLS sessions are resumed (RFC 8446 section 2.2), so a second
 * connect to a host costs less.
 *
 * @example
 * const manager = createWebSocketManager({ transport: wsTransport() });
 *
 * @throws TypeError for an unknown option or one of the wrong type.
 */
export function wsTransport(options: WsTransportOptions = {}): Transport {
  const tls = resolveTlsOptions("wsTransport", options, { lookupCacheMs: checkDuration });
  const { lookupCacheMs = 0 } = options;
  let loading: Promise<OpenChannel> | undefined;
  return {
    capabilities,
    async open(request: OpenRequest, events: ChannelEvents): Promise<Channel> {
      loading ??= import("./open-channel.ts").then(({ createOpen }) => createOpen(tls, lookupCacheMs));
      const openChannel = await loading;
      return openChannel(request, events);
    },
  };
}

/**
 * Loads `ws` and the parts of Node under it now instead of at the first connect, which takes some 30 ms of CPU: for
 * programs that are given time to start, such as the init phase of a function.
 */
export async function preload(): Promise<void> {
  await import("./open-channel.ts");
}

function checkDuration(value: unknown): string | undefined {
  const valid = typeof value === "number" && value >= 0 && value < Number.POSITIVE_INFINITY;
  return valid ? undefined : "must be a number of milliseconds, 0 or more";
}
