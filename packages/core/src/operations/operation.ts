import { type ErrorDetails, OutsockError, type Sent } from "../errors.ts";
import type { ErrorCode } from "../ports/error-code.ts";
import type { RateDecision } from "../ports/rate-limiter.ts";
import type { CountedName, Phase, Timings } from "../ports/stats-sink.ts";
import { type Failure, failure, type Success, success } from "../result.ts";
import type { OperationRecord, Recorder } from "../stats/recorder.ts";

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

const untimed: Timings = Object.freeze({});

let operationsMade = 0;

type Progress = "called" | "started" | "over";

/** The identity of one counted call, the steps that it went through, and the one result it comes to. */
export class Operation implements OperationRecord {
  readonly id: number;
  readonly name: CountedName;
  readonly correlationId: string;
  readonly method: string | undefined;
  readonly startedAtMs: number;
  #connectionId: string | undefined = undefined;
  #url: string | undefined = undefined;
  readonly #recorder: Recorder;
  /** Kept for a sink alone: without one nothing is measured. */
  readonly #steps: Steps | undefined;
  #progress: Progress = "called";

  constructor(
    name: CountedName,
    correlationId: string,
    startedAtMs: number,
    recorder: Recorder,
    method?: string,
  ) {
    operationsMade += 1;
    this.id = operationsMade;
    this.name = name;
    this.correlationId = correlationId;
    this.method = method;
    this.startedAtMs = startedAtMs;
    this.#recorder = recorder;
    this.#steps = recorder.silent ? undefined : new Steps(startedAtMs);
    recorder.operationCalled(this);
  }

  get connectionId(): string | undefined {
    return this.#connectionId;
  }

  /** Redacted. */
  get url(): string | undefined {
    return this.#url;
  }

  get timings(): Timings {
    return this.#steps?.timings ?? untimed;
  }

  get steppedAtMs(): number {
    return this.#steps?.atMs ?? this.startedAtMs;
  }

  /** Where it goes, as far as that is known. */
  locate(url: string | undefined, connectionId: string | undefined): void {
    this.#url = url;
    this.#connectionId = connectionId;
  }

  /** Once it is admitted. A call that is sent again is admitted again, and has started already. */
  start(source: RateDecision["source"]): void {
    this.passed("admission");
    if (this.#progress !== "called") return;
    this.#progress = "started";
    this.#recorder.operationStarted(this, source);
  }

  /** A step is over, and the next one begins. Costs nothing where no sink listens. */
  passed(phase: Phase): void {
    this.#steps?.passed(phase, this.#recorder.now());
  }

  /** From now on the event of its end waits for `flushEvents`: a request is over when its connection is closed. */
  deferEvents(): void {
    this.#steps?.defer();
  }

  flushEvents(): void {
    this.#steps?.flush();
  }

  succeed<Data>(data: Data): Success<Data> {
    // Only a sink hears of it.
    if (this.#end(lastStep[this.name])) this.#steps?.report(() => this.#recorder.operationSucceeded(this));
    return success(data);
  }

  fail(code: ErrorCode, phase: Phase, message: string, details: FailureDetails = {}): Failure {
    this.#url ??= details.url;
    if (this.#end(phase)) {
      const event = (): void => this.#recorder.operationFailed(this, code, phase);
      if (this.#steps === undefined) event();
      else this.#steps.report(event);
    }
    return failure(this.#error(code, phase, message, details));
  }

  refuse(message: string, { source, retryAfterMs, ...details }: RefusalDetails): Failure {
    const started = this.#progress === "started";
    if (this.#end("admission")) {
      if (started) this.#recorder.operationFailed(this, "RATE_LIMITED", "admission");
      else this.#recorder.rateLimited(this, source, retryAfterMs);
    }
    return failure(this.#error("RATE_LIMITED", "admission", message, { retryAfterMs, ...details }));
  }

  /** False where it is over already: a sink that hears of its end may call back and end it again. */
  #end(phase: Phase): boolean {
    if (this.#progress === "over") return false;
    this.#progress = "over";
    this.passed(phase);
    return true;
  }

  #error(code: ErrorCode, phase: Phase, message: string, details: FailureDetails): OutsockError {
    const { correlationId } = this;
    const connectionId = this.#connectionId;
    return new OutsockError(code, message, { sent: "no", ...details, phase, correlationId, connectionId });
  }
}

/** How long the steps of an operation took, and the event of its end where that is deferred. */
class Steps {
  readonly timings: Timings = {};
  /** When the last step was over. */
  atMs: number;
  readonly #timings: { [Name in Phase]?: number } = this.timings;
  #deferring = false;
  #deferred: (() => void) | undefined = undefined;

  constructor(startedAtMs: number) {
    this.atMs = startedAtMs;
  }

  /** A clock that goes back makes no step shorter than nothing. */
  passed(phase: Phase, readingMs: number): void {
    const nowMs = Math.max(this.atMs, readingMs);
    this.#timings[phase] = (this.#timings[phase] ?? 0) + nowMs - this.atMs;
    this.atMs = nowMs;
  }

  report(event: () => void): void {
    if (this.#deferring) this.#deferred = event;
    else event();
  }

  defer(): void {
    this.#deferring = true;
  }

  flush(): void {
    this.#deferring = false;
    const event = this.#deferred;
    this.#deferred = undefined;
    event?.();
  }
}
