import { type ErrorDetails, OutsockError, type Sent } from "../errors.ts";
import type { ErrorCode } from "../ports/error-code.ts";
import type { RateDecision } from "../ports/rate-limiter.ts";
import type { OperationName, Phase, StatsEvent, StatsSink } from "../ports/stats-sink.ts";
import { type Failure, failure, type Success, success } from "../result.ts";

export type FailureDetails = Omit<ErrorDetails, "phase" | "sent" | "correlationId" | "connectionId"> & {
  readonly sent?: Sent;
};

export interface RefusalDetails extends Pick<ErrorDetails, "retryAfterMs" | "retryable" | "cause"> {
  readonly source: RateDecision["source"];
}

/** One counted call: its identity, and the one result it comes to. */
export class Operation {
  readonly name: OperationName;
  readonly correlationId: string;
  readonly startedAtMs: number;
  connectionId: string | undefined;
  readonly #sink: StatsSink;

  constructor(name: OperationName, correlationId: string, startedAtMs: number, sink: StatsSink) {
    this.name = name;
    this.correlationId = correlationId;
    this.startedAtMs = startedAtMs;
    this.#sink = sink;
  }

  /** Once it is admitted. */
  start(): void {
    this.#record({ type: "operation-started", ...this.#identity(), atMs: this.startedAtMs });
  }

  succeed<Data>(data: Data): Success<Data> {
    this.#record({ type: "operation-succeeded", ...this.#identity() });
    return success(data);
  }

  fail(code: ErrorCode, phase: Phase, message: string, details: FailureDetails = {}): Failure {
    this.#record({ type: "operation-failed", ...this.#identity(), code, phase });
    return failure(this.#error(code, phase, message, details));
  }

  refuse(message: string, { source, retryAfterMs, ...details }: RefusalDetails): Failure {
    const retry = retryAfterMs === undefined ? {} : { retryAfterMs };
    this.#record({ type: "rate-limited", ...this.#identity(), source, ...retry });
    return failure(this.#error("RATE_LIMITED", "admission", message, { ...retry, ...details }));
  }

  #error(code: ErrorCode, phase: Phase, message: string, details: FailureDetails): OutsockError {
    const { correlationId, connectionId } = this;
    return new OutsockError(code, message, { sent: "no", ...details, phase, correlationId, connectionId });
  }

  #identity(): { operation: OperationName; correlationId: string; connectionId?: string } {
    const { name: operation, correlationId, connectionId } = this;
    return connectionId === undefined
      ? { operation, correlationId }
      : { operation, correlationId, connectionId };
  }

  #record(event: StatsEvent): void {
    this.#sink.record(event);
  }
}
