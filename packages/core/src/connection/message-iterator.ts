import { decodeMessage } from "../codec.ts";
import { OutsockError } from "../errors.ts";
import type { IncomingMessage } from "../ports/channel.ts";
import { type CloseFailure, describeCloseFailure, describeUnreadable } from "./close-failure.ts";
import type { Waiter } from "./inbox.ts";
import type { ManagedConnection } from "./managed-connection.ts";

type Next = IteratorResult<unknown>;

const done: Next = { done: true, value: undefined };

const ordinaryCodes = [1000, 1001, 1005];

/** The messages of one connection, one `next` at a time or several at once, in order. */
export class MessageIterator implements AsyncIterator<unknown> {
  readonly #connection: ManagedConnection;
  /** How each waiting `next` is answered. */
  readonly #pending: Map<Waiter, (next: Next) => void> = new Map();
  #finished = false;

  constructor(connection: ManagedConnection) {
    this.#connection = connection;
  }

  next(): Promise<Next> {
    const connection = this.#connection;
    if (this.#finished) return Promise.resolve(done);
    const message = connection.take();
    if (message !== undefined || connection.end !== undefined) return this.#answer(message);
    return new Promise((resolve) => {
      const waiter: Waiter = {
        deliver: (late) => {
          this.#pending.delete(waiter);
          resolve(this.#answer(late));
          return true;
        },
      };
      this.#pending.set(waiter, resolve);
      connection.inbox.wait(waiter);
    });
  }

  /** Leaving the loop: the connection stays open and loses nothing. */
  async return(): Promise<Next> {
    this.#finished = true;
    for (const [waiter, resolve] of this.#pending) {
      this.#connection.inbox.stopWaiting(waiter);
      resolve(done);
    }
    this.#pending.clear();
    return done;
  }

  /** Of a message, or of the end where there is none. */
  async #answer(message: IncomingMessage | undefined): Promise<Next> {
    const connection = this.#connection;
    const { codec, end, host, overflowed } = connection;
    if (message === undefined) {
      // The closing handshake was completed with a code that reports no fault.
      if (end?.clean === true && ordinaryCodes.includes(end.code) && !overflowed) return done;
      throw this.#failed(describeCloseFailure(connection));
    }
    host.recorder.messageReceived(connection, message, undefined);
    try {
      return { done: false, value: decodeMessage(codec, message) };
    } catch (cause) {
      throw this.#failed(describeUnreadable(message, cause));
    }
  }

  /** The iterator belongs to no operation. */
  #failed({ code, message, details }: CloseFailure): OutsockError {
    const { id, url } = this.#connection;
    this.#finished = true;
    return new OutsockError(code, message, {
      sent: "no",
      ...details,
      phase: "receive",
      correlationId: id,
      connectionId: id,
      url,
    });
  }
}
