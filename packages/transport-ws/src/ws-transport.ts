import {
  type Channel,
  type ChannelEvents,
  type OpenRequest,
  resolveTlsOptions,
  type TlsTransportOptions,
  type Transport,
  type TransportCapabilities,
} from "@outsock/core";
import { openChannel, type WebSocketConstructor } from "./open-channel.ts";
import { aborted } from "./ws-error.ts";

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
 *
 * @throws TypeError for an unknown option or one of the wrong type.
 */
export function wsTransport(options: TlsTransportOptions = {}): Transport {
  const tls = resolveTlsOptions("wsTransport", options);
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
      return openChannel(WebSocketClass, request, events, tls);
    },
  };
}
