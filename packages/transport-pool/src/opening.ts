import type { Channel, ChannelEvents, OpenRequest, Transport } from "@outsock/core";
import { Relay } from "./relay.ts";

interface OpeningOutcome {
  opened(opening: DialAttempt, channel: Channel): void;
  failed(opening: DialAttempt, error: unknown): void;
}

/** One attempt to open a channel of the transport below, for whoever waits when it is there. */
export class DialAttempt {
  readonly startedAtMs: number;
  readonly #relay: Relay = new Relay();
  readonly #attempt: AbortController = new AbortController();

  constructor(transport: Transport, request: OpenRequest, startedAtMs: number, outcome: OpeningOutcome) {
    this.startedAtMs = startedAtMs;
    this.#open(transport, request).then(
      (channel) => outcome.opened(this, channel),
      (error: unknown) => outcome.failed(this, error),
    );
  }

  /** From now on the channel's events go there, those that came early first. */
  connect(events: ChannelEvents): void {
    this.#relay.connect(events);
  }

  abort(): void {
    this.#attempt.abort();
  }

  /** An async function, so that a transport that throws at once rejects too. */
  async #open(transport: Transport, request: OpenRequest): Promise<Channel> {
    return transport.open({ ...request, signal: this.#attempt.signal }, this.#relay);
  }
}
