import {
  type Channel,
  type ChannelEvents,
  type OpenRequest,
  resolveTlsOptions,
  type TlsTransportOptions,
  type Transport,
  type TransportCapabilities,
} from "@outsock/core";
import { createDialer, openAborted } from "@outsock/dialer";
import { openUndiciChannel } from "./open-channel.ts";

const capabilities: TransportCapabilities = Object.freeze({
  name: "undici",
  network: true,
  headers: true,
  tlsOptions: true,
  failureReason: true,
  addressCheck: true,
  messageLimit: true,
  coalescing: false,
  drain: true,
  messagesWhileClosing: true,
  closeReachesPeer: true,
  pause: true,
  ping: true,
  terminate: true,
  unref: true,
});

/**
 * A transport on the WebSocket of the undici package. undici is loaded at the first `open`, not by importing this. Each
 * channel has a client and a socket of its own; the channels of one transport share TLS sessions (RFC 8446 section 2.2).
 *
 * @throws TypeError for an unknown option or one of the wrong type.
 */
export function undiciTransport(options: TlsTransportOptions = {}): Transport {
  const tls = resolveTlsOptions("undiciTransport", options);
  const dialer = createDialer(tls);
  return {
    capabilities,
    async open(request: OpenRequest, events: ChannelEvents): Promise<Channel> {
      const undici = await import("undici");
      if (request.signal.aborted) throw openAborted();
      return openUndiciChannel(undici, dialer, request, events);
    },
  };
}
