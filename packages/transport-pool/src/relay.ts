import type { ChannelClose, ChannelEvents, IncomingMessage } from "@outsock/core";

/** Keeps what a channel tells before `open` has resolved until there is somebody to tell it to. */
export class Relay implements ChannelEvents {
  #early: ((target: ChannelEvents) => void)[] = [];
  #target: ChannelEvents | undefined;

  /** Tells what was kept, and everything from now on. */
  connect(target: ChannelEvents): void {
    const early = this.#early;
    this.#target = target;
    this.#early = [];
    for (const tell of early) tell(target);
  }

  message(message: IncomingMessage): void {
    if (this.#target === undefined) this.#early.push((target) => target.message(message));
    else this.#target.message(message);
  }

  pong(): void {
    this.#target?.pong();
  }

  drain(): void {
    this.#target?.drain();
  }

  close(close: ChannelClose): void {
    if (this.#target === undefined) this.#early.push((target) => target.close(close));
    else this.#target.close(close);
  }
}
