import type { Channel, Timer } from "@outsock/core";
import type { PoolSettings } from "./pool-options.ts";
import { quietly } from "./quietly.ts";

/** Closes a channel that nobody uses: with a handshake, and in bounded time. */
export class GracefulClose {
  /** Resolves when the channel is closed or given up. */
  readonly over: Promise<void>;
  readonly #channel: Channel;
  readonly #timer: Timer;
  #resolve: () => void = () => {};

  constructor(channel: Channel, { clock, closeTimeoutMs }: PoolSettings) {
    this.#channel = channel;
    this.over = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#timer = clock.schedule(closeTimeoutMs, () => this.#giveUp());
    this.#timer.unref();
  }

  /** Not in the constructor: whoever hears the channel's close has to know of this first. */
  start(): void {
    if (!quietly(() => this.#channel.close(1000))) this.#giveUp();
  }

  /** From now on the process waits for it. */
  hold(): Promise<void> {
    this.#timer.ref();
    quietly(() => this.#channel.ref());
    return this.over;
  }

  /** The channel has told its close. */
  closed(): void {
    this.#timer.cancel();
    this.#resolve();
  }

  #giveUp(): void {
    this.#timer.cancel();
    quietly(() => this.#channel.terminate());
    this.#resolve();
  }
}
