import { decodeMessage } from "../codec.ts";
import type { OutsockError } from "../errors.ts";
import type { IncomingMessage } from "../ports/channel.ts";
import { endedError, isOrdinaryEnd, unreadableError } from "./close-failure.ts";
import type { Waiter } from "./inbox.ts";
import type { ManagedConnection } from "./managed-connection.ts";

const done: IteratorResult<unknown> = { done: true, value: undefined };

/** The messages of one connection, one `next` at a time or several at once, in order. */
export class MessageIterator implements AsyncIterator<unknown> {
  readonly #connection: ManagedConnection;
  /** In the order of the calls, which is the order in which the inbox serves them. */
  readonly #pending: Next[] = [];
  #finished = false;

  constructor(connection: ManagedConnection) {
    this.#connection = connection;
  }

  next(): Promise<IteratorResult<unknown>> {
    if (this.#finished) return Promise.resolve(done);
    const message = this.#connection.take();
    if (message !== undefined) return this.#decode(message);
    if (this.#connection.end !== undefined) return this.#ended();
    return new Promise((resolve) => {
      const next = new Next(this, resolve);
      this.#pending.push(next);
      this.#connection.wait(next);
    });
  }

  /** Leaving the loop: the connection stays open and loses nothing. */
  return(): Promise<IteratorResult<unknown>> {
    this.#finished = true;
    for (const next of this.#pending.splice(0)) {
      this.#connection.inbox.stopWaiting(next);
      next.resolve(done);
    }
    return Promise.resolve(done);
  }

  settle(next: Next, message: IncomingMessage | undefined): void {
    this.#pending.shift();
    next.resolve(message === undefined ? this.#ended() : this.#decode(message));
  }

  #decode(message: IncomingMessage): Promise<IteratorResult<unknown>> {
    const connection = this.#connection;
    connection.host.recorder.messageReceived(connection, message, undefined);
    try {
      return Promise.resolve({ done: false, value: decodeMessage(connection.codec, message) });
    } catch (cause) {
      return this.#throw(unreadableError(connection, message, cause));
    }
  }

  #ended(): Promise<IteratorResult<unknown>> {
    if (isOrdinaryEnd(this.#connection)) return Promise.resolve(done);
    return this.#throw(endedError(this.#connection));
  }

  #throw(error: OutsockError): Promise<never> {
    this.#finished = true;
    return Promise.reject(error);
  }
}

class Next implements Waiter {
  next: Waiter | null = null;
  previous: Waiter | null = null;
  waiting = false;
  readonly resolve: (result: IteratorResult<unknown> | Promise<IteratorResult<unknown>>) => void;
  readonly #iterator: MessageIterator;

  constructor(iterator: MessageIterator, resolve: Next["resolve"]) {
    this.#iterator = iterator;
    this.resolve = resolve;
  }

  deliver(message: IncomingMessage): boolean {
    this.#iterator.settle(this, message);
    return true;
  }

  end(): void {
    this.#iterator.settle(this, undefined);
  }
}
