import type { ErrorCode } from "./error-code.ts";
import type { RateDecision } from "./rate-limiter.ts";

/** The seven operations of a manager. */
export type OperationName = "connect" | "send" | "receive" | "close" | "request" | "getStats" | "reset";

/** What is counted as one operation: those of a manager, and those of a session on top of it. */
export type CountedName = OperationName | "call" | "notify";

/** The steps of an operation; where it failed, the one it was in. */
export type Phase = "admission" | "connect" | "send" | "receive" | "close";

/** How long each step took, in milliseconds. A step that the operation did not come to is absent. */
export type Timings = { readonly [Name in Phase]?: number };

/** Every event of one operation carries these. */
interface OfOperation {
  readonly operation: CountedName;
  /** The same in all events of one operation, and in no other's: a correlation id is the caller's and may come again. */
  readonly operationId: number;
  readonly correlationId: string;
  /** What a session's call or notification calls. */
  readonly method?: string | undefined;
  /** When it was called. */
  readonly startedAtMs: number;
  readonly atMs: number;
  /** Set once the operation has a connection. */
  readonly connectionId?: string | undefined;
  /** Of the server, redacted, set once the operation has got to it. It is for logs and traces: as a metric's label use its host. */
  readonly url?: string | undefined;
}

interface EndOfOperation extends OfOperation {
  readonly durationMs: number;
  readonly timings: Timings;
}

interface OfConnection {
  readonly connectionId: string;
  readonly url: string;
  /** Set where the event is part of an operation. */
  readonly correlationId?: string | undefined;
}

/**
 * What is happening, one event each. No event carries a payload, a header, a close reason or a URL's secrets.
 * Times are readings of the manager's clock in milliseconds.
 *
 * An operation is called, then it is `started` (admitted by the rate limiter, `source` says by whom) or `rate-limited`,
 * which ends it. Started, it ends as succeeded or failed. It may fail before it starts: aborted, disposed of, or out of time.
 */
export type StatsEvent =
  | (OfOperation & { readonly type: "operation-called" })
  | (OfOperation & { readonly type: "operation-started"; readonly source: RateDecision["source"] })
  | (EndOfOperation & { readonly type: "operation-succeeded" })
  | (EndOfOperation & { readonly type: "operation-failed"; readonly code: ErrorCode; readonly phase: Phase })
  | (EndOfOperation & {
      readonly type: "rate-limited";
      readonly retryAfterMs?: number | undefined;
      readonly source: RateDecision["source"];
    })
  | (OfConnection & { readonly type: "connection-opened"; readonly protocol: string })
  | (OfConnection & {
      readonly type: "connection-closed";
      readonly code: number;
      readonly clean: boolean;
      /** How long it was open. */
      readonly openMs: number;
    })
  | (OfConnection & { readonly type: "message-sent" })
  | (OfConnection & { readonly type: "message-received"; readonly byteLength: number })
  | (OfConnection & { readonly type: "message-dropped"; readonly byteLength: number })
  | { readonly type: "reset" };

/**
 * Hears everything a manager does: counters, histograms, logs and traces are built on it. Called synchronously on
 * the hot path, in the caller's own async context at `operation-called`, so it must be quick. A sink that throws is
 * ignored.
 */
export interface StatsSink {
  record(event: StatsEvent): void;
}
