import type { ChannelClose, IncomingMessage } from "../ports/channel.ts";
import type { Clock } from "../ports/clock.ts";
import type { ErrorCode } from "../ports/error-code.ts";
import type { RateDecision } from "../ports/rate-limiter.ts";
import type { Phase, StatsEvent, StatsSink } from "../ports/stats-sink.ts";
import { called, failed, type OperationRecord, rateLimited, started, succeeded } from "./operation-events.ts";
import { Statistics } from "./statistics.ts";
import { tell } from "./tee.ts";

interface ConnectionIdentity {
  readonly id: string;
  readonly url: string;
  readonly protocol: string;
  readonly openedAtMs: number;
}

/**
 * Counts what happens and tells it to the caller's sink, whose failures end here. Where there is no sink no event is made:
 * the objects for each operation are more than all the rest of its bookkeeping.
 */
export class Recorder {
  readonly statistics: Statistics = new Statistics();
  /** Nobody listens. */
  readonly silent: boolean;
  readonly #sink: StatsSink | undefined;
  readonly #clock: Clock;

  constructor(sink: StatsSink | undefined, clock: Clock) {
    this.silent = sink === undefined;
    this.#sink = sink;
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  operationCalled(operation: OperationRecord): void {
    if (!this.silent) this.#tell(called(operation));
  }

  operationStarted(operation: OperationRecord): void {
    this.statistics.count("operation-started");
    if (operation.source === "fallback") this.statistics.countFallback();
    if (!this.silent) this.#tell(started(operation));
  }

  operationSucceeded(operation: OperationRecord): void {
    this.statistics.count("operation-succeeded");
    if (!this.silent) this.#tell(succeeded(operation));
  }

  operationFailed(operation: OperationRecord, code: ErrorCode, phase: Phase): void {
    this.statistics.count("operation-failed");
    if (!this.silent) this.#tell(failed(operation, code, phase));
  }

  rateLimited(
    operation: OperationRecord,
    source: RateDecision["source"],
    retryAfterMs: number | undefined,
  ): void {
    this.statistics.count("rate-limited");
    if (source === "fallback") this.statistics.countFallback();
    if (!this.silent) this.#tell(rateLimited(operation, source, retryAfterMs));
  }

  connectionOpened({ id, url, protocol }: ConnectionIdentity, correlationId: string): void {
    this.statistics.count("connection-opened");
    if (this.silent) return;
    this.#tell({ type: "connection-opened", connectionId: id, url, correlationId, protocol });
  }

  connectionClosed({ id, url, openedAtMs }: ConnectionIdentity, { code, clean }: ChannelClose): void {
    this.statistics.count("connection-closed");
    if (this.silent) return;
    const openMs = this.now() - openedAtMs;
    this.#tell({ type: "connection-closed", connectionId: id, url, code, clean, openMs });
  }

  messageSent({ id, url }: ConnectionIdentity, correlationId: string): void {
    this.statistics.count("message-sent");
    if (this.silent) return;
    this.#tell({ type: "message-sent", connectionId: id, url, correlationId });
  }

  /** `correlationId`: of the operation that takes it; an iteration is none. */
  messageReceived(
    { id, url }: ConnectionIdentity,
    { byteLength }: IncomingMessage,
    correlationId: string | undefined,
  ): void {
    this.statistics.count("message-received");
    if (this.silent) return;
    this.#tell({ type: "message-received", connectionId: id, url, correlationId, byteLength });
  }

  messageDropped({ id, url }: ConnectionIdentity, { byteLength }: IncomingMessage): void {
    this.statistics.count("message-dropped");
    if (this.silent) return;
    this.#tell({ type: "message-dropped", connectionId: id, url, byteLength });
  }

  reset(): void {
    this.statistics.count("reset");
    if (!this.silent) this.#tell({ type: "reset" });
  }

  #tell(event: StatsEvent): void {
    if (this.#sink !== undefined) tell(this.#sink, event);
  }
}
