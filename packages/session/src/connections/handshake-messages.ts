import type { HandshakePeer } from "../protocol.ts";

/** The protocol's view of a connection during its handshake: unread messages, and receives that wait for one. */
export class HandshakeMessages implements HandshakePeer {
  readonly resume: unknown;
  /** Rejects when the connection ends. */
  readonly ended: Promise<never>;
  readonly #write: (message: unknown) => boolean;
  readonly #messages: { readonly message: unknown }[] = [];
  readonly #waiting: { resolve(message: unknown): void; reject(cause: unknown): void }[] = [];
  #reject: (cause: unknown) => void = () => {};
  #failure: { readonly cause: unknown } | undefined;

  constructor(resume: unknown, write: (message: unknown) => boolean) {
    this.resume = resume;
    this.#write = write;
    this.ended = new Promise((_, reject) => {
      this.#reject = reject;
    });
    this.ended.catch(() => undefined);
  }

  send(message: unknown): void {
    if (!this.#write(message)) throw new Error("the handshake message could not be sent");
  }

  receive(): Promise<unknown> {
    const held = this.#messages.shift();
    if (held !== undefined) return Promise.resolve(held.message);
    const failure = this.#failure;
    const next = new Promise<unknown>((resolve, reject) => {
      if (failure === undefined) this.#waiting.push({ resolve, reject });
      else reject(failure.cause);
    });
    // A protocol that ignores the promise must not cause an unhandled rejection.
    next.catch(() => undefined);
    return next;
  }

  push(message: unknown): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#messages.push({ message });
    else next.resolve(message);
  }

  fail(cause: unknown): void {
    this.#failure ??= { cause };
    this.#reject(cause);
    for (const { reject } of this.#waiting.splice(0)) reject(cause);
  }

  /** The messages that the handshake did not read. */
  rest(): readonly unknown[] {
    return this.#messages.splice(0).map(({ message }) => message);
  }
}
