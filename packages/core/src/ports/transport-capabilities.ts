/**
 * What a transport can do on this runtime. The manager and the contract's scenarios read the same object, so a
 * scenario that is skipped and the behaviour at run time cannot disagree.
 */
export interface TransportCapabilities {
  /** Short name for tables and messages: "ws", "undici". */
  readonly name: string;
  /** Dials real hosts. False for a network that exists only in memory: no DNS, TCP, TLS or HTTP to fail. */
  readonly network: boolean;
  /** Sends request headers with the handshake. */
  readonly headers: boolean;
  /** Takes TLS options (own CA, client certificate, server name). */
  readonly tlsOptions: boolean;
  /** Distinguishes refused connections, HTTP statuses, TLS and protocol failures. Without: every failed open is CONNECT_FAILED. */
  readonly failureReason: boolean;
  /** Asks `allowAddress` about the address really dialled. */
  readonly addressCheck: boolean;
  /** Stops a message over `maxMessageBytes` while it arrives. Without: checked once it has arrived whole. */
  readonly messageLimit: boolean;
  /** Messages sent in one tick leave in one write. Without: each has a write, and so a system call, of its own. */
  readonly coalescing: boolean;
  /** Reports `events.drain`. Without: the manager reads `bufferedAmount` now and then. */
  readonly drain: boolean;
  /** Messages between `close()` and the peer's answer arrive. Without: they are lost, as WHATWG WebSockets has it. */
  readonly messagesWhileClosing: boolean;
  /**
   * `close()` always runs the closing handshake. Without: a channel that owes nothing and is closed without a reason, and
   * with 1000 or no code, may be kept for the next open; it reports `close` as if the peer had answered.
   */
  readonly closeReachesPeer: boolean;
  /** `pause()` holds the peer back. Without: it does nothing. */
  readonly pause: boolean;
  /** `ping()` sends a ping frame and `events.pong` reports the answer. Without: `ping()` does nothing. */
  readonly ping: boolean;
  /** `terminate()` destroys the socket. Without: the channel is given up, the runtime ends the socket later. */
  readonly terminate: boolean;
  /** `unref()` lets the process end while the channel is open. Without: `ref` and `unref` do nothing. */
  readonly unref: boolean;
}
