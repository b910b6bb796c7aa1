import { type Channel, type ChannelEvents, TransportError } from "@outsock/core";
import type { PooledConnection } from "./pooled-connection.ts";

/** The channel that the pool's user holds. Once closed it no longer reaches the connection, which may be lent to another user. */
export class PooledChannel implements Channel {
  readonly #connection: PooledConnection;
  readonly #events: ChannelEvents;
  #isReleased = false;

  constructor(connection: PooledConnection, events: ChannelEvents) {
    this.#connection = connection;
    this.#events = events;
  }

  get protocol(): string {
    return this.#connection.channel.protocol;
  }

  get bufferedAmount(): number {
    return this.#isReleased ? 0 : this.#connection.channel.bufferedAmount;
  }

  send(message: string | Uint8Array): void {
    if (this.#isReleased) throw new TransportError("CONNECTION_CLOSED", "the connection is closed");
    this.#connection.send(message);
  }

  ping(): void {
    if (!this.#isReleased) this.#connection.ping();
  }

  pause(): void {
    if (!this.#isReleased) this.#connection.pause(true);
  }

  resume(): void {
    if (!this.#isReleased) this.#connection.pause(false);
  }

  close(code?: number, reason?: string): void {
    if (this.#isReleased) return;
    this.#isReleased = this.#connection.tryRelease(code, reason);
    if (!this.#isReleased) return this.#connection.channel.close(code, reason);
    // Reported later, as it is when a peer answers.
    const events = this.#events;
    queueMicrotask(() => events.close({ code: code ?? 1005, reason: "", clean: true }));
    this.#connection.makeAvailable();
  }

  terminate(): void {
    if (!this.#isReleased) this.#connection.terminate();
  }

  ref(): void {
    if (!this.#isReleased) this.#connection.channel.ref();
  }

  unref(): void {
    if (!this.#isReleased) this.#connection.channel.unref();
  }
}
