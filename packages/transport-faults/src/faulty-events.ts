import {
  type ChannelClose,
  type ChannelEvents,
  type IncomingMessage,
  payloadMessage,
  TransportError,
} from "@outsock/core";
import { applyRules } from "./apply-rules.ts";
import type { FaultyConnection } from "./faulty-connection.ts";
import { messagePayload } from "./payload.ts";
import type { Reporter } from "./report.ts";
import type { RuleMatcher } from "./rule-matcher.ts";

export interface FaultyEventsOptions {
  readonly connection: FaultyConnection;
  readonly matcher: RuleMatcher;
  readonly channel: number;
  readonly report: Reporter;
  readonly maxMessageBytes: number;
  /** How much later the close is reported. */
  readonly endDelayMs: number;
}

/** Receives the events of the channel below, and passes them on with the faults of the script. */
export class FaultyEvents implements ChannelEvents {
  readonly #options: FaultyEventsOptions;

  constructor(options: FaultyEventsOptions) {
    this.#options = options;
  }

  message(message: IncomingMessage): void {
    const { connection, matcher, channel, report } = this.#options;
    if (!connection.passesEvents) return;
    const matches = matcher.next(channel);
    if (matches.length === 0) {
      if (!connection.isMuted) connection.inbound.put(() => connection.events.message(message));
      return;
    }
    const { deliveries, connectionFaults } = applyRules(
      messagePayload(message),
      matches,
      "in",
      report,
      connection.isMuted,
    );
    for (const { payload, delayMs, isLate } of deliveries) {
      const deliver = (): void => this.#deliver(payloadMessage(payload));
      if (isLate) connection.inbound.putLate(deliver, delayMs);
      else connection.inbound.put(deliver, delayMs);
    }
    for (const fault of connectionFaults) connection.apply(fault, connection.inbound);
  }

  pong(): void {
    const { connection } = this.#options;
    if (connection.passesEvents) connection.inbound.put(() => connection.events.pong());
  }

  drain(): void {
    this.#options.connection.drained();
  }

  close(close: ChannelClose): void {
    this.#options.connection.innerEnded(close, this.#options.endDelayMs);
  }

  /** A flood's message comes from the script, so the transport below has not checked its size. */
  #deliver(message: IncomingMessage): void {
    const { connection, maxMessageBytes } = this.#options;
    if (message.byteLength <= maxMessageBytes) connection.events.message(message);
    else connection.fail(new TransportError("MESSAGE_TOO_BIG", "a message was larger than maxMessageBytes"));
  }
}
