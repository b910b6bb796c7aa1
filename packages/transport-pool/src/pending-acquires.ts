import { type Channel, type ChannelEvents, type OpenRequest, TransportError } from "@outsock/core";

/** An open that waits for a connection. It settles once: with a channel, with an error, or by its own signal. */
interface PendingAcquire {
  readonly request: OpenRequest;
  readonly events: ChannelEvents;
  readonly sinceMs: number;
  /** From now on its signal has no effect. */
  detachSignal(): void;
  resolve(channel: Channel): void;
  reject(error: unknown): void;
}

/** The pending acquires of one key, first come, first served. */
export class PendingAcquires {
  readonly #queue: PendingAcquire[] = [];

  get length(): number {
    return this.#queue.length;
  }

  /** To dial with. All requests of a key are alike, so any of them will do. */
  get request(): OpenRequest | undefined {
    return this.#queue[0]?.request;
  }

  /** Rejects with ABORTED if the request's signal fires first, and then calls `onAbort`. */
  add(request: OpenRequest, events: ChannelEvents, nowMs: number, onAbort: () => void): Promise<Channel> {
    const { signal } = request;
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#reject(pending, new TransportError("ABORTED", "the attempt was aborted"));
        onAbort();
      };
      const detachSignal = (): void => signal.removeEventListener("abort", abort);
      const pending: PendingAcquire = { request, events, sinceMs: nowMs, detachSignal, resolve, reject };
      signal.addEventListener("abort", abort);
      this.#queue.push(pending);
    });
  }

  /** Takes the one that has waited longest out of the queue. An abort has no effect on it from now on. */
  shift(): PendingAcquire | undefined {
    const pending = this.#queue.shift();
    pending?.detachSignal();
    return pending;
  }

  /** Rejects those that were added until then, at most `limit`, the oldest first. */
  reject(error: unknown, untilMs: number, limit: number = this.#queue.length): void {
    const affected = this.#queue.filter(({ sinceMs }) => sinceMs <= untilMs).slice(0, limit);
    for (const pending of affected) this.#reject(pending, error);
  }

  #reject(pending: PendingAcquire, error: unknown): void {
    const at = this.#queue.indexOf(pending);
    if (at >= 0) this.#queue.splice(at, 1);
    pending.detachSignal();
    pending.reject(error);
  }
}
