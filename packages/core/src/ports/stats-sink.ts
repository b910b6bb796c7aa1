import type { ErrorCode } from "./error-code.ts";
import type { RateDecision } from "./rate-limiter.ts";

/** The seven operations of a manager. */
export type OperationName = "connect" | "send" | "receive" | "close" | "request" | "getStats" | "reset";

/** What is counted as one operation: those of a manager, and those of a session on top of it. */
export type CountedName = OperationName | "call" | "notify";

/** What an operation was doing when it failed. */
export type Phase = "admission" | "connect" | "send" | "receive" | "close";

/** Every event of one operation carries the correlation id of that operation. */
interface OfOperation {
  readonly operation: CountedName;
  readonly correlationId: string;
  /** Set once the operation has a connection. */
  readonly connectionId?: string;
}

interface OfConnection {
  readonly connectionId: string;
  /** Set where the event is part of an operation. */
  readonly correlationId?: string;
}

/**
 * What is happening, one event each. No event carries a payload, a header, a close reason or a URL's secrets.
 * Times are readings of the manager's clock in milliseconds.
 */
export type StatsEvent =
  | (OfOperation & { readonly type: "operation-started"; readonly atMs: number })
  | (OfOperation & { readonly type: "operation-succeeded" })
  | (OfOperation & { readonly type: "operation-failed"; readonly code: ErrorCode; readonly phase: Phase })
  | (OfOperation & {
      readonly type: "rate-limited";
      readonly retryAfterMs?: number;
      readonly source: RateDecision["source"];
    })
  | (OfConnection & { readonly type: "connection-opened"; readonly url: string; readonly protocol: string })
  | (OfConnection & { readonly type: "connection-closed"; readonly code: number; readonly clean: boolean })
  | (OfConnection & { readonly type: "message-sent" })
  | (OfConnection & { readonly type: "message-received"; readonly byteLength: number })
  | (OfConnection & { readonly type: "message-dropped"; readonly byteLength: number })
  | { readonly type: "reset" };

/**
 * Hears everything a manager does: counters, histograms, logs and traces are built on it. Called synchronously on
 * the hot path, so it must be quick. A sink that throws is ignored.
 */
export interface StatsSink {
  record(event: StatsEvent): void;
}
