import { type Channel, type ChannelClose, type ChannelEvents, TransportError } from "@outsock/core";
import type { PooledConnection } from "./pooled-connection.ts";

/** What a user of a pooled connection holds: the channel, until it is closed. */
export class PooledChannel implements Channel {
  readonly #connection: PooledConnection;
  readonly #events: ChannelEvents;
  #givenBack = false;

  constructor(connection: PooledConnection, events: ChannelEvents) {
    this.#connection = connection;
    this.#events = events;
  }

  get protocol(): string {
    return this.#connection.channel.protocol;
  }

  get bufferedAmount(): number {
    return this.#givenBack ? 0 : this.#connection.channel.bufferedAmount;
  }

  send(message: string | Uint8Array): void {
    if (this.#givenBack) throw new TransportError("CONNECTION_CLOSED", "the connection is closed");
    this.#connection.send(message);
  }

  ping(): void {
    if (!this.#givenBack) this.#connection.ping();
  }

  pause(): void {
    if (!this.#givenBack) this.#connection.pause(true);
  }

  resume(): void {
    if (!this.#givenBack) this.#connection.pause(false);
  }

  close(code?: number, reason?: string): void {
    if (this.#givenBack) return;
    this.#givenBack = this.#connection.takeBack(code, reason);
    if (!this.#givenBack) return this.#connection.channel.close(code, reason);
    this.#tellClosed({ code: code ?? 1005, reason: "", clean: true });
    this.#connection.offer();
  }

  terminate(): void {
    if (!this.#givenBack) this.#connection.terminate();
  }

  ref(): void {
    if (!this.#givenBack) this.#connection.channel.ref();
  }

  unref(): void {
    if (!this.#givenBack) this.#connection.channel.unref();
  }

  /** Later, as a peer's answer would come. */
  #tellClosed(close: ChannelClose): void {
    queueMicrotask(() => this.#events.close(close));
  }
}
