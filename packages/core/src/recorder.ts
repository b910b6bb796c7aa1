import type { ChannelClose, IncomingMessage } from "./ports/channel.ts";
import type { ErrorCode } from "./ports/error-code.ts";
import type { RateDecision } from "./ports/rate-limiter.ts";
import type { CountedName, Phase, StatsEvent, StatsSink } from "./ports/stats-sink.ts";
import { ignoreRejection } from "./promise-like.ts";
import { Statistics } from "./statistics.ts";

interface OperationIdentity {
  readonly name: CountedName;
  readonly correlationId: string;
  readonly connectionId: string | undefined;
  readonly startedAtMs: number;
}

interface ConnectionIdentity {
  readonly id: string;
  readonly url: string;
  readonly protocol: string;
}

/**
 * Counts what happens and tells it to the caller's sink, whose failures end here. Where there is no sink no event is made:
 * three objects for each operation are more than all the rest of its bookkeeping.
 */
export class Recorder {
  readonly statistics: Statistics = new Statistics();
  readonly #sink: StatsSink | undefined;

  constructor(sink: StatsSink | undefined) {
    this.#sink = sink;
  }

  operationStarted(operation: OperationIdentity): void {
    this.statistics.count("operation-started");
    if (this.#sink === undefined) return;
    this.#tell({ type: "operation-started", ...identity(operation), atMs: operation.startedAtMs });
  }

  operationSucceeded(operation: OperationIdentity): void {
    this.statistics.count("operation-succeeded");
    if (this.#sink === undefined) return;
    this.#tell({ type: "operation-succeeded", ...identity(operation) });
  }

  operationFailed(operation: OperationIdentity, code: ErrorCode, phase: Phase): void {
    this.statistics.count("operation-failed");
    if (this.#sink === undefined) return;
    this.#tell({ type: "operation-failed", ...identity(operation), code, phase });
  }

  rateLimited(
    operation: OperationIdentity,
    source: RateDecision["source"],
    retryAfterMs: number | undefined,
  ): void {
    this.statistics.count("rate-limited");
    if (this.#sink === undefined) return;
    const retry = retryAfterMs === undefined ? {} : { retryAfterMs };
    this.#tell({ type: "rate-limited", ...identity(operation), source, ...retry });
  }

  connectionOpened({ id: connectionId, url, protocol }: ConnectionIdentity, correlationId: string): void {
    this.statistics.count("connection-opened");
    if (this.#sink === undefined) return;
    this.#tell({ type: "connection-opened", connectionId, correlationId, url, protocol });
  }

  connectionClosed({ id: connectionId }: ConnectionIdentity, { code, clean }: ChannelClose): void {
    this.statistics.count("connection-closed");
    if (this.#sink === undefined) return;
    this.#tell({ type: "connection-closed", connectionId, code, clean });
  }

  messageSent({ id: connectionId }: ConnectionIdentity, correlationId: string): void {
    this.statistics.count("message-sent");
    if (this.#sink === undefined) return;
    this.#tell({ type: "message-sent", connectionId, correlationId });
  }

  /** `correlationId`: of the operation that takes it; an iteration is none. */
  messageReceived(
    { id: connectionId }: ConnectionIdentity,
    { byteLength }: IncomingMessage,
    correlationId: string | undefined,
  ): void {
    this.statistics.count("message-received");
    if (this.#sink === undefined) return;
    const event = { type: "message-received", connectionId, byteLength } as const;
    this.#tell(correlationId === undefined ? event : { ...event, correlationId });
  }

  messageDropped({ id: connectionId }: ConnectionIdentity, { byteLength }: IncomingMessage): void {
    this.statistics.count("message-dropped");
    if (this.#sink === undefined) return;
    this.#tell({ type: "message-dropped", connectionId, byteLength });
  }

  reset(): void {
    this.statistics.count("reset");
    if (this.#sink !== undefined) this.#tell({ type: "reset" });
  }

  #tell(event: StatsEvent): void {
    try {
      ignoreRejection(this.#sink?.record(event));
    } catch {
      // Watching must not change what is watched.
    }
  }
}

function identity({ name: operation, correlationId, connectionId }: OperationIdentity): {
  operation: CountedName;
  correlationId: string;
  connectionId?: string;
} {
  return connectionId === undefined
    ? { operation, correlationId }
    : { operation, correlationId, connectionId };
}
