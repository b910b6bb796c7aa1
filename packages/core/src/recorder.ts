import type { ChannelClose, IncomingMessage } from "./ports/channel.ts";
import type { Clock } from "./ports/clock.ts";
import type { ErrorCode } from "./ports/error-code.ts";
import type { RateDecision } from "./ports/rate-limiter.ts";
import type { CountedName, Phase, StatsEvent, StatsSink, Timings } from "./ports/stats-sink.ts";
import { ignoreRejection } from "./promise-like.ts";
import { Statistics } from "./statistics.ts";

interface OperationIdentity {
  readonly id: number;
  readonly name: CountedName;
  readonly correlationId: string;
  readonly method: string | undefined;
  readonly startedAtMs: number;
  readonly steppedAtMs: number;
  readonly source: RateDecision["source"];
  readonly timings: Timings;
  readonly connectionId: string | undefined;
  readonly url: string | undefined;
}

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

  operationCalled(operation: OperationIdentity): void {
    if (this.silent) return;
    this.#tell({ type: "operation-called", ...identity(operation) });
  }

  operationStarted(operation: OperationIdentity): void {
    this.statistics.count("operation-started");
    const { source } = operation;
    if (source === "fallback") this.statistics.countFallback();
    if (this.silent) return;
    this.#tell({ type: "operation-started", ...identity(operation), source });
  }

  operationSucceeded(operation: OperationIdentity): void {
    this.statistics.count("operation-succeeded");
    if (this.silent) return;
    this.#tell({ type: "operation-succeeded", ...ending(operation) });
  }

  operationFailed(operation: OperationIdentity, code: ErrorCode, phase: Phase): void {
    this.statistics.count("operation-failed");
    if (this.silent) return;
    this.#tell({ type: "operation-failed", ...ending(operation), code, phase });
  }

  rateLimited(
    operation: OperationIdentity,
    source: RateDecision["source"],
    retryAfterMs: number | undefined,
  ): void {
    this.statistics.count("rate-limited");
    if (source === "fallback") this.statistics.countFallback();
    if (this.silent) return;
    const retry = retryAfterMs === undefined ? {} : { retryAfterMs };
    this.#tell({ type: "rate-limited", ...ending(operation), source, ...retry });
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
    const event = { type: "message-received", connectionId: id, url, byteLength } as const;
    this.#tell(correlationId === undefined ? event : { ...event, correlationId });
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
    try {
      ignoreRejection(this.#sink?.record(event));
    } catch {
      // Watching must not change what is watched.
    }
  }
}

interface Identity {
  operation: CountedName;
  operationId: number;
  correlationId: string;
  method?: string;
  startedAtMs: number;
  atMs: number;
  connectionId?: string;
  url?: string;
}

function identity(of: OperationIdentity): Identity {
  const told: Identity = {
    operation: of.name,
    operationId: of.id,
    correlationId: of.correlationId,
    startedAtMs: of.startedAtMs,
    atMs: of.steppedAtMs,
  };
  if (of.method !== undefined) told.method = of.method;
  if (of.connectionId !== undefined) told.connectionId = of.connectionId;
  if (of.url !== undefined) told.url = of.url;
  return told;
}

function ending(of: OperationIdentity): Identity & { durationMs: number; timings: Timings } {
  const durationMs = of.steppedAtMs - of.startedAtMs;
  return { ...identity(of), durationMs, timings: of.timings };
}
