import type { ChannelClose, IncomingMessage } from "../ports/channel.ts";
import type { Clock } from "../ports/clock.ts";
import type { RateDecision } from "../ports/rate-limiter.ts";
import type { StatsEvent, StatsSink } from "../ports/stats-sink.ts";
import { recordSafely } from "./tee.ts";

/** The part of the figures of `getStats` that is counted here. Counts since the start or the last reset. */
export interface Counters {
  /** Operations that were admitted; a request is one. */
  readonly totalOperations: number;
  readonly connectionsCount: number;
  readonly messagesSentCount: number;
  /** Messages taken by a receive, a request or an iteration. */
  readonly messagesReceivedCount: number;
  /** Messages dropped by a full inbox. */
  readonly messagesDroppedCount: number;
  /** Operations that failed. Refusals by the rate limiter are not among them. */
  readonly errorsCount: number;
  readonly rateLimitedCount: number;
  /** Operations that this process admitted or refused by itself, as the shared store of its limiter was not reachable. */
  readonly rateLimitFallbacksCount: number;
  /** Connections that are open now, those of running requests included. */
  readonly openConnections: number;
}

interface ConnectionRecord {
  readonly id: string;
  readonly url: string;
  readonly protocol: string;
  readonly openedAtMs: number;
}

type Counts = { -readonly [Name in keyof Counters]: number };

function zero(openConnections: number): Counts {
  return {
    totalOperations: 0,
    connectionsCount: 0,
    messagesSentCount: 0,
    messagesReceivedCount: 0,
    messagesDroppedCount: 0,
    errorsCount: 0,
    rateLimitedCount: 0,
    rateLimitFallbacksCount: 0,
    openConnections,
  };
}

/**
 * Counts what happens and passes it on to the caller's sink, whose failures end here. Where there is no sink no event is made:
 * the objects for each operation cost more than all the rest of its bookkeeping.
 */
export class Recorder {
  /** There is no sink. */
  readonly silent: boolean;
  readonly #sink: StatsSink | undefined;
  readonly #clock: Clock;
  #counts: Counts = zero(0);

  constructor(sink: StatsSink | undefined, clock: Clock) {
    this.silent = sink === undefined;
    this.#sink = sink;
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  counters(): Counters {
    return { ...this.#counts };
  }

  /** `source`: who admitted or refused the operation. */
  count(name: keyof Counters, source?: RateDecision["source"]): void {
    this.#counts[name] += 1;
    if (source === "fallback") this.#counts.rateLimitFallbacksCount += 1;
  }

  connectionOpened({ id, url, protocol }: ConnectionRecord, correlationId: string): void {
    this.#counts.connectionsCount += 1;
    this.#counts.openConnections += 1;
    this.record({ type: "connection-opened", connectionId: id, url, correlationId, protocol });
  }

  connectionClosed({ id, url, openedAtMs }: ConnectionRecord, { code, clean }: ChannelClose): void {
    this.#counts.openConnections -= 1;
    if (this.silent) return;
    const openMs = this.now() - openedAtMs;
    this.record({ type: "connection-closed", connectionId: id, url, code, clean, openMs });
  }

  messageSent({ id, url }: ConnectionRecord, correlationId: string): void {
    this.#counts.messagesSentCount += 1;
    if (this.silent) return;
    this.record({ type: "message-sent", connectionId: id, url, correlationId });
  }

  /** `correlationId`: of the operation that takes it; an iteration has none. */
  messageReceived(
    { id, url }: ConnectionRecord,
    { byteLength }: IncomingMessage,
    correlationId: string | undefined,
  ): void {
    this.#counts.messagesReceivedCount += 1;
    if (this.silent) return;
    this.record({ type: "message-received", connectionId: id, url, correlationId, byteLength });
  }

  messageDropped({ id, url }: ConnectionRecord, { byteLength }: IncomingMessage): void {
    this.#counts.messagesDroppedCount += 1;
    this.record({ type: "message-dropped", connectionId: id, url, byteLength });
  }

  reset(): void {
    this.#counts = zero(this.#counts.openConnections);
    this.record({ type: "reset" });
  }

  record(event: StatsEvent): void {
    if (this.#sink !== undefined) recordSafely(this.#sink, event);
  }
}
