import { type ErrorDetails, OutsockError, type Sent } from "../errors.ts";
import type { ErrorCode } from "../ports/error-code.ts";
import type { RateDecision } from "../ports/rate-limiter.ts";
import type { CountedName, Phase, Timings } from "../ports/stats-sink.ts";
import type { Recorder } from "../recorder.ts";
import { type Failure, failure, type Success, success } from "../result.ts";

export type FailureDetails = Omit<ErrorDetails, "phase" | "sent" | "correlationId" | "connectionId"> & {
  readonly sent?: Sent;
};

export interface RefusalDetails extends Pick<ErrorDetails, "retryAfterMs" | "retryable" | "cause"> {
  readonly source: RateDecision["source"];
}

/** The step in which an operation succeeds. A request has its answer then, and closes after it. */
const lastStep: Readonly<Record<CountedName, Phase>> = {
  connect: "connect",
  send: "send",
  receive: "receive",
  close: "close",
  request: "receive",
  call: "receive",
  notify: "send",
  getStats: "admission",
  reset: "admission",
};

let made = 0;

/** One counted call: its identity, its steps, and the one result it comes to. */
export class Operation {
  readonly id: number;
  readonly name: CountedName;
  readonly correlationId: string;
  readonly method: string | undefined;
  readonly startedAtMs: number;
  connectionId: string | undefined = undefined;
  /** Redacted, once it is known where it goes. */
  url: string | undefined = undefined;
  /** Who admitted it. */
  source: RateDecision["source"] = "local";
  /** When the last step was over. */
  steppedAtMs: number;
  readonly #recorder: Recorder;
  #timings: { [Name in Phase]?: number } | undefined = undefined;
  #held = false;
  #untold: (() => void) | undefined = undefined;

  constructor(
    name: CountedName,
    correlationId: string,
    startedAtMs: number,
    recorder: Recorder,
    method?: string,
  ) {
    made += 1;
    this.id = made;
    this.name = name;
    this.correlationId = correlationId;
    this.method = method;
    this.startedAtMs = startedAtMs;
    this.steppedAtMs = startedAtMs;
    this.#recorder = recorder;
    recorder.operationCalled(this);
  }

  get timings(): Timings {
    return this.#timings ?? {};
  }

  /** Once it is admitted. */
  start(): void {
    this.passed("admission");
    this.#recorder.operationStarted(this);
  }

  /** A step is over, and the next one begins. Costs nothing where nobody listens. */
  passed(phase: Phase): void {
    if (this.#recorder.silent) return;
    const nowMs = this.#recorder.now();
    this.#timings ??= {};
    this.#timings[phase] = (this.#timings[phase] ?? 0) + nowMs - this.steppedAtMs;
    this.steppedAtMs = nowMs;
  }

  /** From now on only `tell` tells what it came to: a request is over when its connection is closed. */
  hold(): void {
    this.#held = true;
  }

  tell(): void {
    this.#held = false;
    this.#untold?.();
    this.#untold = undefined;
  }

  succeed<Data>(data: Data): Success<Data> {
    this.passed(lastStep[this.name]);
    if (this.#held) this.#untold = () => this.#recorder.operationSucceeded(this);
    else this.#recorder.operationSucceeded(this);
    return success(data);
  }

  fail(code: ErrorCode, phase: Phase, message: string, details: FailureDetails = {}): Failure {
    this.passed(phase);
    this.url ??= details.url;
    if (this.#held) this.#untold = () => this.#recorder.operationFailed(this, code, phase);
    else this.#recorder.operationFailed(this, code, phase);
    return failure(this.#error(code, phase, message, details));
  }

  refuse(message: string, { source, retryAfterMs, ...details }: RefusalDetails): Failure {
    this.passed("admission");
    this.#recorder.rateLimited(this, source, retryAfterMs);
    return failure(this.#error("RATE_LIMITED", "admission", message, { retryAfterMs, ...details }));
  }

  #error(code: ErrorCode, phase: Phase, message: string, details: FailureDetails): OutsockError {
    const { correlationId, connectionId } = this;
    return new OutsockError(code, message, { sent: "no", ...details, phase, correlationId, connectionId });
  }
}
