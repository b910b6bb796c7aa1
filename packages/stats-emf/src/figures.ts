import type { CountedName, ErrorCode, StatsEvent } from "@outsock/core";
import { Durations } from "./durations.ts";

type Ended = Extract<StatsEvent, { durationMs: number }>;
type Failed = Extract<StatsEvent, { type: "operation-failed" }>;

/** Counts of one kind of operation. */
export class OperationFigures {
  operations = 0;
  errors = 0;
  rateLimited = 0;
  readonly durations: Durations = new Durations();
}

/** The count of one error code, and the last operation that failed with it. */
export interface ErrorFigures {
  errors: number;
  last: Failed;
}

/** What happened since the last flush. */
export class Figures {
  readonly operations: Map<CountedName, OperationFigures> = new Map();
  readonly errors: Map<ErrorCode, ErrorFigures> = new Map();
  readonly connects: Durations = new Durations();
  rateLimitFallbacks = 0;
  connectionsOpened = 0;
  connectionsClosed = 0;
  messagesSent = 0;
  messagesReceived = 0;
  messagesDropped = 0;
  receivedBytes = 0;
  /** Whether anything happened. */
  any = false;

  ended(event: Ended): void {
    let figures = this.operations.get(event.operation);
    if (figures === undefined) {
      figures = new OperationFigures();
      this.operations.set(event.operation, figures);
    }
    figures.operations += 1;
    if (event.type === "rate-limited") {
      figures.rateLimited += 1;
      return;
    }
    figures.durations.add(event.durationMs);
    if (event.timings.connect !== undefined) this.connects.add(event.timings.connect);
    if (event.type !== "operation-failed") return;
    figures.errors += 1;
    this.#failed(event);
  }

  #failed(event: Failed): void {
    const known = this.errors.get(event.code);
    if (known === undefined) {
      this.errors.set(event.code, { errors: 1, last: event });
      return;
    }
    known.errors += 1;
    known.last = event;
  }
}
