import type { Socket } from "node:net";
import { type Channel, type ChannelClose, type ChannelEvents, TransportError } from "@outsock/core";
import type { RawData } from "ws";
import type { OrderedWebSocket } from "./ordered-web-socket.ts";
import { Outbox } from "./outbox.ts";
import { channelFailed, connectionLost, sendFailed } from "./ws-error.ts";
import { WsMessage } from "./ws-message.ts";

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
    ws.ownBy(this);
  }

  get protocol(): string {
    return this.#ws.protocol;
  }

  get bufferedAmount(): number {
    return this.#outbox.bufferedAmount;
  }

  send(message: string | Uint8Array): void {
    if (this.#ws.readyState !== open) {
      throw new TransportError("CONNECTION_CLOSED", "the connection is closing or closed");
    }
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

  /** What was sent so far is before the Close frame. */
  beforeClose(): void {
    this.#outbox.flush();
  }

  /** What was accepted has left before the socket is destroyed. */
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
    this.#events.close(this.#describeEnd(code, reason.toString()));
  }

  #describeEnd(code: number, reason: string): ChannelClose {
    const clean = code !== 1006 && !this.#terminated;
    if (clean) return { code, reason, clean };
    return { code: 1006, reason: "", clean, error: this.#fault ?? connectionLost() };
  }
}
