import type { Channel, Timer } from "@outsock/core";
import type { PoolSettings } from "./pool-options.ts";

/** Closes a channel that is not lent: with a closing handshake, and by force after `closeTimeoutMs`. */
export class GracefulClose {
  /** Resolves when the channel is closed or destroyed. */
  readonly done: Promise<void>;
  readonly #channel: Channel;
  readonly #timer: Timer;
  #resolve: () => void = () => {};

  constructor(channel: Channel, { clock, closeTimeoutMs }: PoolSettings) {
    this.#channel = channel;
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#timer = clock.schedule(closeTimeoutMs, () => this.#destroy());
    this.#timer.unref();
  }

  /** Not part of the constructor: the channel may report its close within `close`, and the owner must know this by then. */
  start(): void {
    if (!ignoreErrors(() => this.#channel.close(1000))) this.#destroy();
  }

  /** Keeps the process alive until the channel is closed, and waits for that. */
  wait(): Promise<void> {
    this.#timer.ref();
    ignoreErrors(() => this.#channel.ref());
    return this.done;
  }

  /** The channel has reported its close. */
  closed(): void {
    this.#timer.cancel();
    this.#resolve();
  }

  #destroy(): void {
    this.#timer.cancel();
    ignoreErrors(() => this.#channel.terminate());
    this.#resolve();
  }
}

/**
 * For calls on a channel that is not lent: their errors concern no caller, and must not reach the one that happens to be on
 * the stack. False if the call threw.
 */
export function ignoreErrors(call: () => void): boolean {
  try {
    call();
    return true;
  } catch {
    return false;
  }
}
