import type { TransportError } from "./transport-error.ts";

/** One message as it arrived. Nothing is decoded until someone asks. [receive:text-and-binary] */
export interface IncomingMessage {
  readonly isText: boolean;
  readonly byteLength: number;
  /** The payload as UTF-8 text. Throws where bytes are not UTF-8. [receive:binary-as-text] */
  text(): string;
  bytes(): Uint8Array;
}

/** How a channel ended. */
export interface ChannelClose {
  /**
   * The code in the peer's Close frame [close:by-peer]; 1005 when the frame had none [close:by-peer-no-code], 1006
   * when no frame came (RFC 6455 7.1.5) [wire:dropped].
   */
  readonly code: number;
  readonly reason: string;
  /** The closing handshake was completed. */
  readonly clean: boolean;
  /**
   * Why, where it was neither side's Close frame: CONNECTION_CLOSED when the connection ended [wire:end],
   * PROTOCOL_ERROR [wire:masked], MESSAGE_TOO_BIG.
   */
  readonly error?: TransportError;
}

/** Given at open, so that nothing can be missed. Never called after `close`, nor after `open` rejected. */
export interface ChannelEvents {
  /** In the order of arrival. May be called before `open` resolves. [open:greeting-with-handshake, receive:order] */
  message(message: IncomingMessage): void;
  /** The answer to a ping. [ping:pong] */
  pong(): void;
  /** `bufferedAmount` is back at 0: `connection.drained()` resolves. [send:drain, send:no-idle-drain] */
  drain(): void;
  /** Exactly once, last. May be called before `open` resolves. [close:once] */
  close(close: ChannelClose): void;
}

/** One open socket. */
export interface Channel {
  /** The subprotocol the peer chose; "" when none. [open:protocol-agreed] */
  readonly protocol: string;
  /** Bytes accepted by `send` that have not left this process. [send:buffered-amount, send:counted-at-once] */
  readonly bufferedAmount: number;
  /**
   * Accepts a message, to leave in the order of the calls, pings among them: at once or when the tick ends.
   * [send:order, send:every-kind-in-order, send:every-kind-over-tls] Throws a TransportError where nothing was
   * accepted: CONNECTION_CLOSED once closing [send:after-close] or reset. [wire:reset-while-sending]
   */
  send(message: string | Uint8Array): void;
  /** Sends a ping frame. Does nothing once closing. [ping:after-close] */
  ping(): void;
  /** Stops reading; what the transport already read may still arrive. [pause:holds-back] */
  pause(): void;
  /** Reads again; nothing was lost. [pause:resumes] */
  resume(): void;
  /**
   * Starts the closing handshake, after what was sent [close:flushes, close:flushes-small], as an answer to the peer
   * does. [close:by-peer-while-sending] Messages still arrive until the peer's answer. [close:messages-until-answer]
   * Waits for it without limit: the manager bounds it. [close:unanswered] Twice does nothing. [close:twice]
   */
  close(code?: number, reason?: string): void;
  /**
   * Destroys the socket now [terminate:destroys], no earlier than what was sent is given to it [terminate:flushes];
   * `close` is reported soon, with 1006, not clean.
   */
  terminate(): void;
  /** From now on the channel keeps the process alive. A new one does. */
  ref(): void;
  /** From now on it does not; everything else continues. [unref:still-works] */
  unref(): void;
}
