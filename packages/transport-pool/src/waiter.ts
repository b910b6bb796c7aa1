import { type Channel, type ChannelEvents, type OpenRequest, TransportError } from "@outsock/core";

/** Somebody who waits for a channel. Settled once: by a channel, by a failure, or by its own signal. */
export class PendingAcquire {
  readonly request: OpenRequest;
  readonly events: ChannelEvents;
  readonly sinceMs: number;
  readonly channel: Promise<Channel>;
  #resolve: (channel: Channel) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  readonly #leave: () => void;

  /** `left` hears that the signal was aborted. */
  constructor(request: OpenRequest, events: ChannelEvents, sinceMs: number, left: () => void) {
    this.sinceMs = sinceMs;
    this.request = request;
    this.events = events;
    this.channel = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#leave = () => {
      this.fail(new TransportError("ABORTED", "the attempt was aborted"));
      left();
    };
    request.signal.addEventListener("abort", this.#leave);
  }

  /** There is something for it: from now on its signal has no effect. */
  take(): void {
    this.request.signal.removeEventListener("abort", this.#leave);
  }

  serve(channel: Channel): void {
    this.#resolve(channel);
  }

  fail(error: unknown): void {
    this.take();
    this.#reject(error);
  }
}
