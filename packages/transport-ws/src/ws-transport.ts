import type { Channel, ChannelEvents, OpenRequest, Transport, TransportCapabilities } from "@outsock/core";
import { openChannel, type WebSocketConstructor } from "./open-channel.ts";
import { aborted } from "./ws-error.ts";

/** TLS for wss: URLs, as `tls.connect` takes it. PEM where a certificate or a key is meant. */
export interface WsTlsOptions {
  /** Replaces the certificate authorities that Node trusts. */
  readonly ca?: string | Buffer | (string | Buffer)[];
  /** The client's own certificate chain, where the server asks for one. */
  readonly cert?: string | Buffer;
  /** The private key of `cert`. */
  readonly key?: string | Buffer;
  /** The name to ask for and to check the certificate against. Default: the URL's host. */
  readonly servername?: string;
  /** Default: true. With false anybody can pretend to be the server. */
  readonly rejectUnauthorized?: boolean;
}

export interface WsTransportOptions {
  readonly tls?: WsTlsOptions;
}

const capabilities: TransportCapabilities = {
  name: "ws",
  network: true,
  headers: true,
  tlsOptions: true,
  failureReason: true,
  addressCheck: true,
  messageLimit: true,
  drain: true,
  messagesWhileClosing: true,
  pause: true,
  ping: true,
  terminate: true,
};

/**
 * A transport on the `ws` package, for Node. `ws` is loaded when the first channel is opened, not before.
 *
 * @example
 * const manager = createWebSocketManager({ transport: wsTransport() });
 */
export function wsTransport(options: WsTransportOptions = {}): Transport {
  let loading: Promise<WebSocketConstructor> | undefined;
  const load = () => {
    loading ??= import("ws").then((ws) => ws.WebSocket);
    return loading;
  };
  return {
    capabilities,
    async open(request: OpenRequest, events: ChannelEvents): Promise<Channel> {
      if (request.signal.aborted) throw aborted();
      const WebSocketClass = await load();
      if (request.signal.aborted) throw aborted();
      return openChannel(WebSocketClass, request, events, options.tls ?? {});
    },
  };
}
