import { giveBack } from "../admission/rate-decision.ts";
import { type ErrorDetails, OutsockError, type Sent } from "../errors.ts";
import type { ErrorCode } from "../ports/error-code.ts";
import type { RateDecision, RateLimiter } from "../ports/rate-limiter.ts";
import type { CountedName, Phase, Timings } from "../ports/stats-sink.ts";
import { type Failure, failure, type Success, success } from "../result.ts";
import type { Recorder } from "../stats/recorder.ts";
import { Steps } from "./steps.ts";

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

let made = 0;

/** One counted call: its identity, its permits, its steps, and the one result it comes to. */
export class Operation {
  readonly id: number;
  readonly name: CountedName;
  readonly correlationId: string;
  readonly method: string | undefined;
  readonly startedAtMs: number;
  connectionId: string | undefined = undefined;
  /** Redacted, once it is known where it goes. */
  url: string | undefined = undefined;
  readonly #recorder: Recorder;
  readonly #steps: Steps | undefined;
  #decision: RateDecision | undefined = undefined;
  #limiter: RateLimiter | undefined = undefined;
  #cost = 0;
  #state: "called" | "started" | "over" = "called";

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
    this.#recorder = recorder;
    this.#steps = recorder.silent ? undefined : new Steps(startedAtMs, () => recorder.now());
    recorder.operationCalled(this);
  }

  get timings(): Timings {
    return this.#steps?.timings ?? untimed;
  }

  get steppedAtMs(): number {
    return this.#steps?.atMs ?? this.startedAtMs;
  }

  /** Who admitted it. */
  get source(): RateDecision["source"] {
    return this.#decision?.source ?? "local";
  }

  /** Its permits are there. */
  admit(limiter: RateLimiter, cost: number, decision: RateDecision): void {
    this.#limiter = limiter;
    this.#cost = cost;
    this.#decision = decision;
  }

  /** Nothing was done with its permits, and nothing will be. */
  refund(): void {
    if (this.#limiter === undefined || this.#decision === undefined) return;
    giveBack(this.#limiter, this.#cost, this.#decision);
    this.#limiter = undefined;
  }

  /** Its permits are used: they are not given back any more. */
  spend(): void {
    this.#limiter = undefined;
  }

  /** Once it is admitted; a call that is sent again is admitted again, and started already. */
  start(): void {
    this.passed("admission");
    if (this.#state !== "called") return;
    this.#state = "started";
    this.#recorder.operationStarted(this);
  }

  /** A step is over, and the next one begins. Costs nothing where nobody listens. */
  passed(phase: Phase): void {
    this.#steps?.passed(phase);
  }

  /** From now on only `tell` tells what it came to. */
  hold(): void {
    if (this.#steps !== undefined) this.#steps.held = true;
  }

  tell(): void {
    this.#steps?.tell();
  }

  succeed<Data>(data: Data): Success<Data> {
    if (this.#end(lastStep[this.name])) {
      if (this.#steps?.held === true) this.#steps.untold = () => this.#recorder.operationSucceeded(this);
      else this.#recorder.operationSucceeded(this);
    }
    return success(data);
  }

  fail(code: ErrorCode, phase: Phase, message: string, details: FailureDetails = {}): Failure {
    this.url ??= details.url;
    if (this.#end(phase)) {
      if (this.#steps?.held === true)
        this.#steps.untold = () => this.#recorder.operationFailed(this, code, phase);
      else this.#recorder.operationFailed(this, code, phase);
    }
    return failure(this.#error(code, phase, message, details));
  }

  refuse(message: string, { source, retryAfterMs, ...details }: RefusalDetails): Failure {
    const started = this.#state === "started";
    if (this.#end("admission")) {
      if (started) this.#recorder.operationFailed(this, "RATE_LIMITED", "admission");
      else this.#recorder.rateLimited(this, source, retryAfterMs);
    }
    return failure(this.#error("RATE_LIMITED", "admission", message, { retryAfterMs, ...details }));
  }

  /** False where it has come to its end already: who is told of that may call back, and end it again. */
  #end(phase: Phase): boolean {
    if (this.#state === "over") return false;
    this.#state = "over";
    this.passed(phase);
    return true;
  }

  #error(code: ErrorCode, phase: Phase, message: string, details: FailureDetails): OutsockError {
    const { correlationId, connectionId } = this;
    return new OutsockError(code, message, { sent: "no", ...details, phase, correlationId, connectionId });
  }
}
