import { type ErrorDetails, OutsockError, type Sent } from "../errors.ts";
import type { ErrorCode } from "../ports/error-code.ts";
import type { RateDecision } from "../ports/rate-limiter.ts";
import type { CountedName, Phase } from "../ports/stats-sink.ts";
import type { Recorder } from "../recorder.ts";
import { type Failure, failure, type Success, success } from "../result.ts";

export type FailureDetails = Omit<ErrorDetails, "phase" | "sent" | "correlationId" | "connectionId"> & {
  readonly sent?: Sent;
};

export interface RefusalDetails extends Pick<ErrorDetails, "retryAfterMs" | "retryable" | "cause"> {
  readonly source: RateDecision["source"];
}

/** One counted call: its identity, and the one result it comes to. */
export class Operation {
  readonly name: CountedName;
  readonly correlationId: string;
  readonly startedAtMs: number;
  connectionId: string | undefined;
  readonly #recorder: Recorder;

  constructor(name: CountedName, correlationId: string, startedAtMs: number, recorder: Recorder) {
    this.name = name;
    this.correlationId = correlationId;
    this.startedAtMs = startedAtMs;
    this.connectionId = undefined;
    this.#recorder = recorder;
  }

  /** Once it is admitted. */
  start(): void {
    this.#recorder.operationStarted(this);
  }

  succeed<Data>(data: Data): Success<Data> {
    this.#recorder.operationSucceeded(this);
    return success(data);
  }

  fail(code: ErrorCode, phase: Phase, message: string, details: FailureDetails = {}): Failure {
    this.#recorder.operationFailed(this, code, phase);
    return failure(this.#error(code, phase, message, details));
  }

  refuse(message: string, { source, retryAfterMs, ...details }: RefusalDetails): Failure {
    this.#recorder.rateLimited(this, source, retryAfterMs);
    return failure(this.#error("RATE_LIMITED", "admission", message, { retryAfterMs, ...details }));
  }

  #error(code: ErrorCode, phase: Phase, message: string, details: FailureDetails): OutsockError {
    const { correlationId, connectionId } = this;
    return new OutsockError(code, message, { sent: "no", ...details, phase, correlationId, connectionId });
  }
}
