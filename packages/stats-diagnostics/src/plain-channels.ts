import { type Channel, channel } from "node:diagnostics_channel";
import type { StatsEvent } from "@outsock/core";
import type {
  ConnectionClosedMessage,
  ConnectionOpenedMessage,
  MessageReceivedMessage,
  MessageSentMessage,
  RateLimitedMessage,
} from "./messages.ts";
import type { ServerFieldsCache } from "./server-fields.ts";

type Of<Type extends StatsEvent["type"]> = Extract<StatsEvent, { type: Type }>;

/** Publishes a message for each event that is not an operation, if its channel has subscribers. */
export class PlainChannels {
  readonly #opened: Channel = channel("outsock:connection-opened");
  readonly #closed: Channel = channel("outsock:connection-closed");
  readonly #sent: Channel = channel("outsock:message-sent");
  readonly #received: Channel = channel("outsock:message-received");
  readonly #dropped: Channel = channel("outsock:message-dropped");
  readonly #rateLimited: Channel = channel("outsock:rate-limited");
  readonly #servers: ServerFieldsCache;

  constructor(servers: ServerFieldsCache) {
    this.#servers = servers;
  }

  opened(event: Of<"connection-opened">): void {
    if (!this.#opened.hasSubscribers) return;
    const message: ConnectionOpenedMessage = { ...this.#where(event), protocol: event.protocol };
    this.#opened.publish(message);
  }

  closed(event: Of<"connection-closed">): void {
    if (!this.#closed.hasSubscribers) return;
    const { code, clean, openMs } = event;
    const message: ConnectionClosedMessage = { ...this.#where(event), code, clean, openMs };
    this.#closed.publish(message);
  }

  sent(event: Of<"message-sent">): void {
    if (!this.#sent.hasSubscribers) return;
    const message: MessageSentMessage = this.#where(event);
    this.#sent.publish(message);
  }

  received(event: Of<"message-received">): void {
    this.#sized(this.#received, event);
  }

  dropped(event: Of<"message-dropped">): void {
    this.#sized(this.#dropped, event);
  }

  rateLimited(event: Of<"rate-limited">): void {
    if (!this.#rateLimited.hasSubscribers) return;
    const { operation, operationId, correlationId, source, retryAfterMs } = event;
    const refusal = { operation, operationId, correlationId, source };
    const message: RateLimitedMessage = retryAfterMs === undefined ? refusal : { ...refusal, retryAfterMs };
    this.#rateLimited.publish(message);
  }

  #sized(to: Channel, event: Of<"message-received"> | Of<"message-dropped">): void {
    if (!to.hasSubscribers) return;
    const message: MessageReceivedMessage = { ...this.#where(event), byteLength: event.byteLength };
    to.publish(message);
  }

  #where({ connectionId, correlationId, url }: Omit<Of<"message-sent">, "type">): MessageSentMessage {
    const where = { connectionId, ...this.#servers.of(url) };
    return correlationId === undefined ? where : { ...where, correlationId };
  }
}
