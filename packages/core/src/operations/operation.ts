import { type ErrorDetails, OutsockError, type Sent } from "../errors.ts";
import type { ErrorCode } from "../ports/error-code.ts";
import type { RateDecision } from "../ports/rate-limiter.ts";
import type { CountedName, Phase, StatsEvent, Timings } from "../ports/stats-sink.ts";
import type { Failure, Success } from "../result.ts";
import type { Recorder } from "../stats/recorder.ts";

export type FailureDetails = Omit<ErrorDetails, "phase" | "sent" | "correlationId" | "connectionId"> & {
  readonly sent?: Sent;
};

export interface RefusalDetails extends Pick<ErrorDetails, "retryAfterMs" | "retryable" | "cause"> {
  readonly source: RateDecision["source"];
}

let operationsMade = 0;

/** The identity of one counted call, the steps that it went through, and the one result it comes to. */
export class Operation {
  readonly id: number;
  readonly name: CountedName;
  readonly correlationId: string;
  readonly startedAtMs: number;
  connectionId: string | undefined = undefined;
  /** Redacted. */
  url: string | undefined = undefined;
  readonly #recorder: Recorder;
  /** Kept for a sink alone: without one nothing is measured. */
  readonly #events: OperationEvents | undefined;
  #progress: "called" | "started" | "over" = "called";

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
    this.startedAtMs = startedAtMs;
    this.#recorder = recorder;
    this.#events = recorder.silent ? undefined : new OperationEvents(this, method, recorder);
  }

  /** Where it goes, as far as that is known. */
  locate(url: string | undefined, connectionId: string | undefined): void {
    this.url = url;
    this.connectionId = connectionId;
  }

  /** Once it is admitted. A call that is sent again is admitted again, and has started already. */
  start(source: RateDecision["source"]): void {
    this.passed("admission");
    if (this.#progress !== "called") return;
    this.#progress = "started";
    this.#recorder.count("totalOperations", source);
    this.#events?.started(source);
  }

  /** A step is over, and the next one begins. Costs nothing without a sink. */
  passed(phase: Phase): void {
    this.#events?.passed(phase);
  }

  /** From now on the event of its end waits for `flushEvents`: a request is over when its connection is closed. */
  deferEvents(): void {
    this.#events?.defer();
  }

  flushEvents(): void {
    this.#events?.flush();
  }

  /** In that step. A request has its answer then, and closes after it. */
  succeed<Data>(data: Data, phase: Phase = this.name === "notify" ? "send" : "receive"): Success<Data> {
    if (this.#end(phase)) this.#events?.succeeded();
    return { success: true, data };
  }

  fail(code: ErrorCode, phase: Phase, message: string, details: FailureDetails = {}): Failure {
    this.url ??= details.url;
    if (this.#end(phase)) {
      this.#recorder.count("errorsCount");
      this.#events?.failed(code, phase);
    }
    const { correlationId, connectionId, url } = this;
    const own = { phase, correlationId, connectionId, url };
    return { success: false, error: new OutsockError(code, message, { sent: "no", ...own, ...details }) };
  }

  /** Not admitted. One that has started already, and is admitted again, has failed. */
  refuse(message: string, { source, ...details }: RefusalDetails): Failure {
    if (this.#progress === "called" && this.#end("admission")) {
      this.#recorder.count("rateLimitedCount", source);
      this.#events?.rateLimited(source, details.retryAfterMs);
    }
    return this.fail("RATE_LIMITED", "admission", message, details);
  }

  /** False where it is over already: a sink that receives its last event may call back and end it again. */
  #end(phase: Phase): boolean {
    if (this.#progress === "over") return false;
    this.#progress = "over";
    this.passed(phase);
    return true;
  }
}

/** The events of one operation, with how long its steps took. */
class OperationEvents {
  readonly #operation: Operation;
  readonly #method: string | undefined;
  readonly #recorder: Recorder;
  readonly #timings: { [Name in Phase]?: number } = {};
  /** When the last step was over. */
  #atMs: number;
  /** That of the end waits for `flush`. */
  #defers = false;
  #end: (() => StatsEvent) | undefined = undefined;

  constructor(operation: Operation, method: string | undefined, recorder: Recorder) {
    this.#operation = operation;
    this.#method = method;
    this.#recorder = recorder;
    this.#atMs = operation.startedAtMs;
    recorder.record(this.#event("operation-called"));
  }

  started(source: RateDecision["source"]): void {
    const event = this.#event("operation-started");
    addSource(event, source);
    this.#recorder.record(event);
  }

  /** A clock that goes back makes no step shorter than nothing. */
  passed(phase: Phase): void {
    const nowMs = Math.max(this.#atMs, this.#recorder.now());
    this.#timings[phase] = (this.#timings[phase] ?? 0) + nowMs - this.#atMs;
    this.#atMs = nowMs;
  }

  succeeded(): void {
    this.#report(() => this.#endEvent("operation-succeeded"));
  }

  failed(code: ErrorCode, phase: Phase): void {
    this.#report(() => Object.assign(this.#endEvent("operation-failed"), { code, phase }));
  }

  rateLimited(source: RateDecision["source"], retryAfterMs: number | undefined): void {
    this.#report(() => Object.assign(this.#endEvent("rate-limited"), { retryAfterMs, source }));
  }

  defer(): void {
    this.#defers = true;
  }

  flush(): void {
    this.#defers = false;
    if (this.#end !== undefined) this.#recorder.record(this.#end());
  }

  #report(end: () => StatsEvent): void {
    if (this.#defers) this.#end = end;
    else this.#recorder.record(end());
  }

  #endEvent<Type extends string>(type: Type): EventStart<Type> & EventEnd {
    const event = this.#event(type);
    addEnd(event, this.#atMs - event.startedAtMs, this.#timings);
    return event;
  }

  #event<Type extends string>(type: Type): EventStart<Type> {
    const { name, id, correlationId, startedAtMs, connectionId, url } = this.#operation;
    return {
      type,
      operation: name,
      operationId: id,
      correlationId,
      method: this.#method,
      startedAtMs,
      atMs: this.#atMs,
      connectionId,
      url,
    };
  }
}

/** What all events of an operation say; what only some say is added later. */
interface EventStart<Type extends string> {
  readonly type: Type;
  readonly operation: CountedName;
  readonly operationId: number;
  readonly correlationId: string;
  readonly method: string | undefined;
  readonly startedAtMs: number;
  readonly atMs: number;
  readonly connectionId: string | undefined;
  readonly url: string | undefined;
  source?: RateDecision["source"];
  durationMs?: number;
  timings?: Timings;
}

interface EventEnd {
  readonly durationMs: number;
  readonly timings: Timings;
}

// Each field is set by itself: a spread or Object.assign would cost many times as much as all the rest of an event.

function addSource<Event extends EventStart<string>>(
  event: Event,
  source: RateDecision["source"],
): asserts event is Event & { readonly source: RateDecision["source"] } {
  event.source = source;
}

function addEnd<Event extends EventStart<string>>(
  event: Event,
  durationMs: number,
  timings: Timings,
): asserts event is Event & EventEnd {
  event.durationMs = durationMs;
  event.timings = timings;
}
