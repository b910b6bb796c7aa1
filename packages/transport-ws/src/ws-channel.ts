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
import { addToBatch, batchedBytes, takeBatch } from "./frame-batch.ts";

/** ws's readyState of an open socket. */
const open = 1;

/** How much may be held back before it leaves, in the middle of a tick too. */
const maxHeldBytes = 64 * 1024;

/** Messages up to this length are framed here; a longer one costs its bytes, not its calls. */
const maxBatchedLength = 4 * 1024;

/** Called when a write has left. */
type Written = (error?: Error | null) => void;

/** The part of ws's WebSocket that is used. Its types have a field for `bufferedAmount`, which no getter could replace. */
interface WsSocket
  extends Pick<WebSocket, "on" | "pause" | "protocol" | "readyState" | "removeAllListeners" | "resume"> {
  readonly bufferedAmount: number;
  send(message: string | Uint8Array, written: Written): void;
  ping(): void;
  close(code?: number, reason?: string | Buffer): void;
  terminate(): void;
}

const WsSocket: new (url: string, protocols: string[], options: ClientOptions) => WsSocket = WebSocket;

/**
 * ws's WebSocket as a channel. ws calls `close` and `terminate` by itself too: what was sent so far leaves before either.
 *
 * The messages of one tick become one write: most of the cost of a small message is its system call. The socket is corked
 * at the first message and uncorked when the tick ends, after the promises that settle in it, so what a read has triggered
 * is in one write as well. A channel that sent only one message in the previous tick most likely has a caller who awaits
 * the answer: its first message leaves at once, and only a second one in the same tick is held back.
 */
export class WsChannel extends WsSocket implements Channel {
  #socket: Socket | undefined;
  #events: ChannelEvents | undefined;
  #tick: "over" | "begun" | "corked" = "over";
  #inBatches = false;
  #messages = 0;
  /** What waited in the socket before anything was held back. */
  #waiting = 0;
  #unsent = false;
  #isTerminated = false;
  #fault: TransportError | undefined;

  /** To be called when the socket is open. From then on `events` are reported. */
  start(socket: Socket, events: ChannelEvents): void {
    this.#socket = socket;
    this.#events = events;
    // Before ws's own: the peer has ended its side, and ws ends this one.
    socket.prependListener("end", () => this.flush());
    // Methods are the same functions for every socket, so an idle one costs little.
    this.on("message", this.#message);
    this.on("pong", this.#pong);
    this.on("error", this.#error);
    this.on("close", this.#closed);
  }

  override get bufferedAmount(): number {
    return (this.#socket?.writableLength ?? 0) + batchedBytes(this);
  }

  override send(message: string | Uint8Array): void {
    if (this.readyState !== open) throw alreadyClosed();
    try {
      this.#hold();
      if (message.length > maxBatchedLength) {
        this.flush();
        super.send(message, this.#written);
      } else {
        addToBatch(this, message);
        if (this.#tick !== "corked") this.flush();
      }
      this.#unsent ||= this.bufferedAmount > 0;
    } catch (error) {
      throw new TransportError("SEND_FAILED", withCode("the message was not accepted", error));
    }
  }

  override ping(): void {
    this.flush();
    super.ping();
  }

  override close(code?: number, reason?: string | Buffer): void {
    this.flush();
    super.close(code, reason);
    // ws waits for the peer's Close with a timer. The socket keeps the process alive as long as it should; the timer must not.
    const { _closeTimer: timer }: { readonly _closeTimer?: NodeJS.Timeout | null } = Object(this);
    timer?.unref();
  }

  override terminate(): void {
    this.#isTerminated = true;
    this.release();
    super.terminate();
  }

  ref(): void {
    this.#socket?.ref();
  }

  unref(): void {
    this.#socket?.unref();
  }

  /** Gives the socket the batch: what was sent so far leaves before whatever the socket is given next. */
  flush(): void {
    const batch = takeBatch(this);
    const socket = this.#socket;
    if (!batch || !socket?.writable) return;
    // What has to wait for a slow peer is copied: a few bytes must not keep a whole slab.
    socket.write(socket.writableLength === 0 ? batch : Buffer.from(batch), this.#written);
  }

  /** Writes what is held back now. */
  release(): void {
    this.flush();
    if (this.#tick !== "corked") return;
    this.#tick = "begun";
    corked.delete(this);
    this.#socket?.uncork();
  }

  #endTick(): void {
    this.release();
    this.#tick = "over";
    this.#inBatches = this.#messages > 1;
    this.#messages = 0;
  }

  #hold(): void {
    this.#messages += 1;
    if (this.#tick === "over" && !this.#inBatches) {
      this.#tick = "begun";
      return;
    }
    if (this.#tick !== "corked") {
      this.#tick = "corked";
      corked.add(this);
      process.nextTick(() => this.#endTick());
    } else if (this.bufferedAmount - this.#waiting > maxHeldBytes) {
      this.flush();
      this.#socket?.uncork();
    } else {
      return;
    }
    this.#waiting = this.bufferedAmount;
    this.#socket?.cork();
  }

  readonly #written: Written = (error) => {
    // Called after the tick of the write: the end of a tick in which nothing was held back.
    if (this.#tick === "begun") this.#endTick();
    if (error || !this.#unsent || this.bufferedAmount > 0) return;
    this.#unsent = false;
    if (!this.#isTerminated) this.#events?.drain();
  };

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

const corked = new Set<WsChannel>();

// A process.exit() right after a send does not reach the end of its tick.
process.on("exit", () => {
  for (const channel of corked) channel.release();
});

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
    return this.#data.length;
  }

  text(): string {
    // ws has checked the UTF-8 of texts, and only of texts.
    if (this.isText) return this.#data.toString();
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.#data);
  }

  /** In a buffer of their own: ws cuts small messages out of one that holds others. */
  bytes(): Uint8Array {
    const { buffer, length } = this.#data;
    return buffer.byteLength === length ? new Uint8Array(buffer) : new Uint8Array(this.#data);
  }
}
