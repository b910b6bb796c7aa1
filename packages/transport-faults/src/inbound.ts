import {
  type ChannelClose,
  type ChannelEvents,
  type IncomingMessage,
  payloadMessage,
  TransportError,
} from "@outsock/core";
import type { Tally } from "./decide.ts";
import type { Link } from "./link.ts";
import { outcomeOf } from "./packets.ts";
import { payloadOf } from "./payload.ts";
import type { Reporter } from "./report.ts";

export interface InboundOptions {
  readonly link: Link;
  readonly tally: Tally;
  readonly channel: number;
  readonly report: Reporter;
  readonly maxMessageBytes: number;
  /** How much later the end is told. */
  readonly endDelayMs: number;
}

/** Hears the channel below, and tells the program what the script leaves of it. */
export class Inbound implements ChannelEvents {
  readonly #options: InboundOptions;

  constructor(options: InboundOptions) {
    this.#options = options;
  }

  message(message: IncomingMessage): void {
    const { link, tally, channel, report } = this.#options;
    if (!link.hears) return;
    const hits = tally.next(channel);
    if (hits.length === 0) {
      if (!link.isMuted) link.inbound.put(() => link.events.message(message));
      return;
    }
    const { packets, endings } = outcomeOf(payloadOf(message), hits, "in", report, link.isMuted);
    for (const { payload, ms, isLate } of packets) {
      const tell = (): void => this.#tell(payloadMessage(payload));
      if (isLate) link.inbound.putLate(tell, ms);
      else link.inbound.put(tell, ms);
    }
    for (const ending of endings) link.meet(ending, link.inbound);
  }

  pong(): void {
    const { link } = this.#options;
    if (link.hears) link.inbound.put(() => link.events.pong());
  }

  drain(): void {
    this.#options.link.drained();
  }

  close(close: ChannelClose): void {
    this.#options.link.innerEnded(close, this.#options.endDelayMs);
  }

  /** A flood's message is the script's own, so the transport below has not judged it. */
  #tell(message: IncomingMessage): void {
    const { link, maxMessageBytes } = this.#options;
    if (message.byteLength <= maxMessageBytes) link.events.message(message);
    else link.fail(new TransportError("MESSAGE_TOO_BIG", "a message was larger than maxMessageBytes"));
  }
}
