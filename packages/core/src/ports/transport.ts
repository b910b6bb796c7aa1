import type { Channel, ChannelEvents } from "./channel.ts";
import type { TransportCapabilities } from "./transport-capabilities.ts";

/** What to open. Everything is already validated: `url` is ws: or wss:, without userinfo and fragment. */
export interface OpenRequest {
  readonly url: string;
  readonly protocols: readonly string[];
  /** Sent with the handshake. [open:headers] */
  readonly headers: Readonly<Record<string, string>>;
  /** A longer message ends the channel with MESSAGE_TOO_BIG. [receive:limit] */
  readonly maxMessageBytes: number;
  /** Ends the attempt; without effect once the channel is open. [open:aborted-during, open:aborted-after] */
  readonly signal: AbortSignal;
  /** The operation that this is for, as its events name it. For layers; a socket has no use for it. */
  readonly operationId?: number;
  /** Asked with each IP address before it is dialled; false ends the attempt with URL_FORBIDDEN. */
  readonly allowAddress?: (address: string) => boolean;
}

/**
 * Opens sockets. A transport owns no policy: no timeout, retry, heartbeat, redirect or buffer limit of its own, and
 * no extension is offered to the peer. [open:no-extension]
 */
export interface Transport {
  readonly capabilities: TransportCapabilities;
  /**
   * Resolves once the handshake is complete. [open:resolves] Rejects with a TransportError, having left nothing
   * open: ABORTED [open:aborted-during], CONNECT_FAILED [open:refused], HANDSHAKE_REJECTED with `status` and
   * `retryAfterMs` [open:http-status], TLS_FAILED [open:tls-self-signed], PROTOCOL_ERROR [open:bad-accept],
   * URL_FORBIDDEN [open:address-refused].
   */
  open(request: OpenRequest, events: ChannelEvents): Promise<Channel>;
}
