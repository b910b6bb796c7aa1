import type { Socket } from "node:net";
import {
  type Channel,
  type ChannelEvents,
  type IncomingMessage,
  TransportError,
  type TransportErrorCode,
} from "@outsock/core";
import { alreadyClosed, causedBy, codeOf, withCode } from "@outsock/dialer";
import { type ClientOptions, WebSocket } from "ws";
import { Outbox, type Written } from "./outbox.ts";

/** ws's readyState of an open socket. */
const open = 1;

/** The part of ws's WebSocket that is used. Its types have a field for `bufferedAmount`, which no getter could replace. */
interface WsSocket
  extends Pick<
    WebSocket,
    "listenerCount" | "on" | "pause" | "protocol" | "readyState" | "removeAllListeners" | "resume"
  > {
  readonly bufferedAmount: number;
  send(message: string | Uint8Array, written: Written): void;
  ping(): void;
  close(code?: number, reason?: string | Buffer): void;
  terminate(): void;
}

const WsSocket: new (url: string, protocols: string[], options: ClientOptions) => WsSocket = WebSocket;

/**
 * ws's WebSocket as a channel. ws calls `close` and `terminate` by itself too: what was sent so far leaves before either.
 * Methods listen to its events, as they are the same functions for every socket, so an idle one costs little.
 */
export class WsChannel extends WsSocket implements Channel {
  #socket: Socket | undefined;
  #events: ChannelEvents | undefined;
  #outbox: Outbox | undefined;
  #isTerminated = false;
  #fault: TransportError | undefined;

  /** To be called when the socket is open. From then on `events` are reported. */
  start(socket: Socket, events: ChannelEvents): void {
    this.#socket = socket;
    this.#events = events;
    this.#outbox = new Outbox(socket, this);
    // Before ws's own: the peer has ended its side, and ws ends this one.
    socket.prependListener("end", () => this.#outbox?.flush());
    this.on("message", this.#message);
    this.on("error", this.#error);
    this.on("close", this.#closed);
  }

  override get bufferedAmount(): number {
    return this.#outbox?.bufferedAmount ?? 0;
  }

  override send(message: string | Uint8Array): void {
    if (this.readyState !== open) throw alreadyClosed();
    try {
      this.#outbox?.send(message);
    } catch (error) {
      throw new TransportError("SEND_FAILED", withCode("the message was not accepted", error));
    }
  }

  sendLong(message: string | Uint8Array, written: Written): void {
    super.send(message, written);
  }

  override ping(): void {
    if (this.listenerCount("pong") === 0) this.on("pong", this.#pong);
    this.#outbox?.flush();
    super.ping();
  }

  override close(code?: number, reason?: string | Buffer): void {
    this.#outbox?.flush();
    super.close(code, reason);
    // ws waits for the peer's Close with a timer. The socket keeps the process alive as long as it should; the timer must not.
    const timer: { readonly unref?: () => void } = Object(Reflect.get(this, "_closeTimer"));
    timer.unref?.();
  }

  override terminate(): void {
    this.#isTerminated = true;
    this.#outbox?.release();
    super.terminate();
  }

  ref(): void {
    this.#socket?.ref();
  }

  unref(): void {
    this.#socket?.unref();
  }

  drained(): void {
    if (!this.#isTerminated) this.#events?.drain();
  }

  #message(data: Buffer, isBinary: boolean): void {
    if (!this.#isTerminated) this.#events?.message(new WsMessage(data, !isBinary));
  }

  #pong(): void {
    if (!this.#isTerminated) this.#events?.pong();
  }

  #error(error: Error): void {
    this.#fault ??= causedBy(error, faultCode(codeOf(error)), error.message);
  }

  #closed(code: number, reason: Buffer): void {
    const clean = code !== 1006 && !this.#isTerminated;
    if (clean) return this.#events?.close({ code, reason: reason.toString(), clean });
    const error = this.#fault ?? new TransportError("CONNECTION_CLOSED", "the connection was lost");
    this.#events?.close({ code: 1006, reason: "", clean, error });
  }
}

function faultCode(wsCode: string): TransportErrorCode {
  if (wsCode.startsWith("WS_ERR_UNSUPPORTED_")) return "MESSAGE_TOO_BIG";
  return wsCode.startsWith("WS_ERR_") ? "PROTOCOL_ERROR" : "CONNECTION_CLOSED";
}

/** A message of ws. It stays bytes until its text is asked for. */
export class WsMessage implements IncomingMessage {
  readonly isText: boolean;
  readonly #data: Buffer;

  constructor(data: Buffer, isText: boolean) {
    this.isText = isText;
    this.#data = data;
  }

  get byteLength(): number {
    return this.#data.byteLength;
  }

  text(): string {
    // ws has checked the UTF-8 of texts, and only of texts.
    if (this.isText) return this.#data.toString();
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.#data);
  }

  /** In a buffer of their own: ws cuts small messages out of one that holds others. */
  bytes(): Uint8Array {
    const { buffer, byteOffset, byteLength } = this.#data;
    const shared = buffer.byteLength !== byteLength;
    return shared ? Uint8Array.from(this.#data) : new Uint8Array(buffer, byteOffset, byteLength);
  }
}
