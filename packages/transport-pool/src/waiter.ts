import { type Channel, type ChannelEvents, type OpenRequest, TransportError } from "@outsock/core";

/** Somebody who wants a channel. Settled once: by a channel, by a failure, or by its own signal. */
export class Waiter {
  readonly request: OpenRequest;
  readonly events: ChannelEvents;
  readonly channel: Promise<Channel>;
  #resolve: (channel: Channel) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  readonly #gone: () => void;

  /** `gone` hears that the signal was aborted. */
  constructor(request: OpenRequest, events: ChannelEvents, gone: (waiter: Waiter) => void) {
    this.request = request;
    this.events = events;
    this.channel = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#gone = () => {
      this.fail(new TransportError("ABORTED", "the attempt was aborted"));
      gone(this);
    };
    request.signal.addEventListener("abort", this.#gone);
  }

  serve(channel: Channel): void {
    this.#settled();
    this.#resolve(channel);
  }

  fail(error: unknown): void {
    this.#settled();
    this.#reject(error);
  }

  #settled(): void {
    this.request.signal.removeEventListener("abort", this.#gone);
  }
}
