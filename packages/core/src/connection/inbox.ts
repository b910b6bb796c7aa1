import type { IncomingMessage } from "../ports/channel.ts";

/** Someone waiting for the next message. */
export interface Waiter {
  /**
   * The next message; undefined when no message will come any more. False when it no longer wants the message, which then is the
   * next one's.
   */
  deliver(message: IncomingMessage | undefined): boolean;
}

/** Shared by the inboxes that never held a message. */
const empty: never[] = [];

/**
 * Messages that have not been taken, in a ring that grows with its contents, and the receivers that wait for one, served in
 * the order they came. One of the two is always empty.
 */
export class Inbox {
  #ring: (IncomingMessage | undefined)[] = empty;
  #head = 0;
  readonly #waiters: Waiter[] = [];
  /** Messages held. */
  count = 0;
  /** Their payload bytes. */
  bytes = 0;

  /** True when a receiver was waiting and has the message. */
  push(message: IncomingMessage): boolean {
    if (this.#serve(message)) return true;
    if (this.count === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.count) & (this.#ring.length - 1)] = message;
    this.count += 1;
    this.bytes += message.byteLength;
    return false;
  }

  take(): IncomingMessage | undefined {
    const message = this.#ring[this.#head];
    if (message === undefined) return undefined;
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.count -= 1;
    this.bytes -= message.byteLength;
    return message;
  }

  wait(waiter: Waiter): void {
    this.#waiters.push(waiter);
  }

  stopWaiting(waiter: Waiter): void {
    const place = this.#waiters.indexOf(waiter);
    if (place >= 0) this.#waiters.splice(place, 1);
  }

  /** Tells every waiting receiver that nothing will come. */
  end(): void {
    this.#serve(undefined);
  }

  #serve(message: IncomingMessage | undefined): boolean {
    for (let waiter = this.#firstWaiter(); waiter !== undefined; waiter = this.#firstWaiter()) {
      if (waiter.deliver(message) && message !== undefined) return true;
    }
    return false;
  }

  /** Mostly there is one, and `pop` is many times as fast as `shift`. */
  #firstWaiter(): Waiter | undefined {
    return this.#waiters.length > 1 ? this.#waiters.shift() : this.#waiters.pop();
  }

  /** The ring's length is a power of two, so that a place is found by masking. */
  #grow(): void {
    const ring = new Array<IncomingMessage | undefined>(Math.max(8, this.#ring.length * 2));
    for (let place = 0; place < this.count; place += 1) {
      ring[place] = this.#ring[(this.#head + place) & (this.#ring.length - 1)];
    }
    this.#ring = ring;
    this.#head = 0;
  }
}
