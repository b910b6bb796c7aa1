import type { CountedName, ErrorCode, Phase, RateDecision, Timings } from "@outsock/core";

/** The `error` of an operation that failed. It was made for the channel: the caller has another one, with more in it. */
export interface OperationError extends Error {
  readonly code: ErrorCode;
}

/**
 * What is published on the channels of an operation: one object, the same in `start`, `end`, `asyncStart`, `asyncEnd` and
 * `error`, so that a `WeakMap` can keep what belongs to it. It has more fields the further the operation is. No payload, header,
 * path or query.
 */
export interface OperationContext {
  readonly operation: CountedName;
  /** In no other operation's context, while a correlation id is the caller's and may come again. */
  readonly operationId: number;
  readonly correlationId: string;
  /** Of a session's call or notification. */
  readonly method?: string;
  /** Set once the operation has a connection; looked for when it is admitted and when it ends. So are the next two. */
  readonly connectionId?: string;
  readonly serverAddress?: string;
  readonly serverPort?: number;
  /** Who decided on it: the limiter of this process, a shared store, or this process because the store was not reachable. */
  readonly source?: RateDecision["source"];
  /** From here on: at the end. In milliseconds, by the manager's clock. */
  readonly durationMs?: number;
  /** How long each step took, in milliseconds. */
  readonly timings?: Timings;
  /** Absent where it succeeded; so are the next three. */
  readonly errorCode?: ErrorCode;
  /** The step in which it failed. */
  readonly phase?: Phase;
  readonly error?: OperationError;
  /** Of one that was refused by the rate limiter, where waiting helps. */
  readonly retryAfterMs?: number;
}

interface OfConnection {
  readonly connectionId: string;
  readonly serverAddress?: string;
  readonly serverPort?: number;
  /** Set where it is part of an operation. */
  readonly correlationId?: string;
}

/** On `outsock:connection-opened`. */
export interface ConnectionOpenedMessage extends OfConnection {
  /** The subprotocol; "" when none. */
  readonly protocol: string;
}

/** On `outsock:connection-closed`. */
export interface ConnectionClosedMessage extends OfConnection {
  readonly code: number;
  readonly clean: boolean;
  /** How long it was open. */
  readonly openMs: number;
}

/** On `outsock:message-sent`. */
export interface MessageSentMessage extends OfConnection {}

/** On `outsock:message-received` and `outsock:message-dropped`. */
export interface MessageReceivedMessage extends OfConnection {
  readonly byteLength: number;
}

/** On `outsock:rate-limited`. */
export interface RateLimitedMessage {
  readonly operation: CountedName;
  readonly operationId: number;
  readonly correlationId: string;
  readonly source: RateDecision["source"];
  /** Absent where waiting does not help. */
  readonly retryAfterMs?: number;
}
