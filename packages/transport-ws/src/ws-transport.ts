import {
  type Channel,
  type ChannelEvents,
  type OpenRequest,
  resolveTlsOptions,
  type TlsTransportOptions,
  type Transport,
  type TransportCapabilities,
} from "@outsock/core";
import type { Dialler } from "./dialler.ts";
import { load, loaded } from "./preload.ts";

export interface WsTransportOptions extends TlsTransportOptions {
  /**
   * For how long the addresses of a name are remembered, in milliseconds. Default 0: every connect asks the system. What
   * is remembered is forgotten early when none of it answers.
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
 * before. Messages sent in one tick leave in one write. TLS sessions are resumed (RFC 8446 section 2.2), so that a second
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
  let dialler: Dialler | undefined;
  return {
    capabilities,
    async open(request: OpenRequest, events: ChannelEvents): Promise<Channel> {
      const { createDialler, openChannel } = loaded() ?? (await load());
      dialler ??= createDialler({ tls, lookupCacheMs });
      return openChannel(dialler, request, events);
    },
  };
}

function checkDuration(value: unknown): string | undefined {
  const valid = typeof value === "number" && value >= 0 && value < Number.POSITIVE_INFINITY;
  return valid ? undefined : "must be a number of milliseconds, 0 or more";
}
