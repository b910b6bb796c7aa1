import type { Channel, ChannelEvents, OpenRequest } from "@outsock/core";
import { PendingAcquire } from "./waiter.ts";

/** Those who wait for a connection of one key, in the order in which they came. */
export class PendingAcquires {
  readonly #waiting: PendingAcquire[] = [];

  get length(): number {
    return this.#waiting.length;
  }

  /** All requests of a key are alike, so anybody's will do to dial with. */
  get request(): OpenRequest | undefined {
    return this.#waiting[0]?.request;
  }

  join(request: OpenRequest, events: ChannelEvents, nowMs: number, left: () => void): Promise<Channel> {
    const waiter = new PendingAcquire(request, events, nowMs, () => {
      const at = this.#waiting.indexOf(waiter);
      if (at >= 0) this.#waiting.splice(at, 1);
      left();
    });
    this.#waiting.push(waiter);
    return waiter.channel;
  }

  /** Whoever has waited longest. Its signal has no effect any more. */
  next(): PendingAcquire | undefined {
    const waiter = this.#waiting.shift();
    waiter?.take();
    return waiter;
  }

  /** Fails those who came until then, at most so many, the ones who have waited longest first. */
  fail(error: unknown, untilMs: number, most: number = this.#waiting.length): void {
    const affected = this.#waiting.filter(({ sinceMs }) => sinceMs <= untilMs).slice(0, most);
    for (const waiter of affected) {
      this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
      waiter.fail(error);
    }
  }
}
