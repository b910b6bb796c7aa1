import type { Socket } from "node:net";
import type { Channel, ChannelEvents, IncomingMessage, TransportError } from "@outsock/core";
import { alreadyClosed } from "@outsock/dialer";
import { type RawData, WebSocket } from "ws";
import { Outbox } from "./outbox.ts";
import { channelFailed, connectionLost, sendFailed } from "./ws-error.ts";

/** ws's readyState of an open socket. */
const open = 1;

/** One open socket of ws. */
export class WsChannel implements Channel {
  readonly #ws: OrderedWebSocket;
  readonly #events: ChannelEvents;
  readonly #socket: Socket;
  readonly #outbox: Outbox;
  #terminated = false;
  #fault: TransportError | undefined;

  constructor(ws: OrderedWebSocket, socket: Socket, events: ChannelEvents) {
    this.#ws = ws;
    this.#events = events;
    this.#socket = socket;
    this.#outbox = new Outbox(ws, socket, this);
    // Before ws's own: the peer has ended its side, and ws ends this one.
    socket.prependListener("end", () => this.#outbox.flush());
    ws.reportTo(this);
  }

  get protocol(): string {
    return this.#ws.protocol;
  }

  get bufferedAmount(): number {
    return this.#outbox.bufferedAmount;
  }

  send(message: string | Uint8Array): void {
    if (this.#ws.readyState !== open) throw alreadyClosed();
    try {
      this.#outbox.send(message);
    } catch (error) {
      throw sendFailed(error);
    }
  }

  ping(): void {
    if (this.#ws.readyState !== open) return;
    this.#outbox.flush();
    this.#ws.ping();
  }

  pause(): void {
    this.#ws.pause();
  }

  resume(): void {
    this.#ws.resume();
  }

  close(code?: number, reason?: string): void {
    if (this.#ws.readyState === open) this.#ws.close(code, reason);
  }

  terminate(): void {
    this.#terminated = true;
    this.#ws.terminate();
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  /** Called before a Close frame is given to the socket, also where ws does so by itself: what was sent so far leaves before it. */
  beforeClose(): void {
    this.#outbox.flush();
  }

  /** Called before the socket is destroyed, also where ws does so by itself: what was accepted leaves before it. */
  beforeTerminate(): void {
    this.#outbox.release();
  }

  message(data: RawData, isBinary: boolean): void {
    if (!this.#terminated) this.#events.message(new WsMessage(data, !isBinary));
  }

  pong(): void {
    if (!this.#terminated) this.#events.pong();
  }

  drained(): void {
    if (!this.#terminated) this.#events.drain();
  }

  error(error: Error): void {
    this.#fault ??= channelFailed(error);
  }

  ended(code: number, reason: Buffer): void {
    const clean = code !== 1006 && !this.#terminated;
    this.#events.close(
      clean
        ? { code, reason: reason.toString(), clean }
        : { code: 1006, reason: "", clean, error: this.#fault ?? connectionLost() },
    );
  }
}

/** ws's WebSocket, which reports to one channel. Its listeners are the same functions for every socket, so an idle one costs little. */
export class OrderedWebSocket extends WebSocket {
  #channel: WsChannel | undefined;

  reportTo(channel: WsChannel): void {
    this.#channel = channel;
    this.on("message", onMessage);
    this.on("error", onError);
    this.on("close", onClose);
  }

  override ping(): void {
    if (this.listenerCount("pong") === 0) this.on("pong", onPong);
    super.ping();
  }

  override close(code?: number, reason?: string | Buffer): void {
    this.#channel?.beforeClose();
    super.close(code, reason);
    releaseTimer(Reflect.get(this, "_closeTimer"));
  }

  override terminate(): void {
    this.#channel?.beforeTerminate();
    super.terminate();
  }

  static channelOf(ws: WebSocket): WsChannel | undefined {
    return ws instanceof OrderedWebSocket ? ws.#channel : undefined;
  }
}

/** ws waits for the peer's Close with a timer. The socket keeps the process alive as long as it should; the timer must not. */
function releaseTimer(timer: unknown): void {
  const isTimer = typeof timer === "object" && timer !== null && "unref" in timer;
  if (isTimer && typeof timer.unref === "function") timer.unref();
}

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  OrderedWebSocket.channelOf(this)?.message(data, isBinary);
}

function onPong(this: WebSocket): void {
  OrderedWebSocket.channelOf(this)?.pong();
}

function onError(this: WebSocket, error: Error): void {
  OrderedWebSocket.channelOf(this)?.error(error);
}

function onClose(this: WebSocket, code: number, reason: Buffer): void {
  OrderedWebSocket.channelOf(this)?.ended(code, reason);
}

/** A message of ws. It stays bytes until its text is asked for. */
export class WsMessage implements IncomingMessage {
  readonly isText: boolean;
  readonly #data: Buffer;

  constructor(data: RawData, isText: boolean) {
    this.isText = isText;
    this.#data = toBuffer(data);
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

function toBuffer(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
