import { type Channel, type ChannelClose, type ChannelEvents, TransportError } from "@outsock/core";
import type { RawData, WebSocket } from "ws";
import { channelFailed, connectionLost, sendFailed } from "./ws-error.ts";
import { WsMessage } from "./ws-message.ts";

/** ws's readyState of an open socket. */
const open = 1;

/** One open socket of ws. */
export class WsChannel implements Channel {
  readonly #ws: WebSocket;
  readonly #events: ChannelEvents;
  #terminated = false;
  #unsent = false;
  #fault: TransportError | undefined;

  constructor(ws: WebSocket, events: ChannelEvents) {
    this.#ws = ws;
    this.#events = events;
    ws.on("message", (data, isBinary) => this.#received(data, isBinary));
    ws.on("pong", () => {
      if (!this.#terminated) events.pong();
    });
    ws.on("error", (error) => {
      this.#fault ??= channelFailed(error);
    });
    ws.on("close", (code, reason) => this.#ended(code, reason));
  }

  get protocol(): string {
    return this.#ws.protocol;
  }

  get bufferedAmount(): number {
    return this.#ws.bufferedAmount;
  }

  send(message: string | Uint8Array): void {
    if (this.#ws.readyState !== open) {
      throw new TransportError("CONNECTION_CLOSED", "the connection is closing or closed");
    }
    try {
      this.#ws.send(message, this.#sent);
    } catch (error) {
      throw sendFailed(error);
    }
    if (this.#ws.bufferedAmount > 0) this.#unsent = true;
  }

  ping(): void {
    if (this.#ws.readyState === open) this.#ws.ping();
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

  /** One function for every message, so that none is made per message. */
  readonly #sent = (error?: Error | null): void => {
    if (error || !this.#unsent || this.#ws.bufferedAmount > 0) return;
    this.#unsent = false;
    if (!this.#terminated) this.#events.drain();
  };

  #received(data: RawData, isBinary: boolean): void {
    if (!this.#terminated) this.#events.message(new WsMessage(data, !isBinary));
  }

  #ended(code: number, reason: Buffer): void {
    this.#events.close(this.#describeEnd(code, reason.toString()));
  }

  #describeEnd(code: number, reason: string): ChannelClose {
    const clean = code !== 1006 && !this.#terminated;
    if (clean) return { code, reason, clean };
    return { code: 1006, reason: "", clean, error: this.#fault ?? connectionLost() };
  }
}
