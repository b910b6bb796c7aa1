import type { CountedName, ErrorCode, Phase, RateDecision, Timings } from "@outsock/core";

/** The `error` of an operation that failed. It is created for the channel: the caller gets another one, with more details. */
export interface OperationError extends Error {
  readonly code: ErrorCode;
}

/**
 * The message on the channels of an operation: the same object in `start`, `end`, `asyncStart`, `asyncEnd` and `error`, so that a
 * `WeakMap` can hold what belongs to it. It gains fields as the operation proceeds. It contains no payload, header, path or query.
 */
export interface OperationContext {
  readonly operation: CountedName;
  /** Unique to the operation; a correlation id is the caller's and may be reused. */
  readonly operationId: number;
  readonly correlationId: string;
  /** For a session's call or notification. */
  readonly method?: string;
  /** Set once the operation has a connection, when it is admitted or when it ends. So are the next two. */
  readonly connectionId?: string;
  readonly serverAddress?: string;
  readonly serverPort?: number;
  /** Where the rate limit was decided: in this process, in a shared store, or in this process because the store was unreachable. */
  readonly source?: RateDecision["source"];
  /** Set at the end, as are all below. In milliseconds, by the manager's clock. */
  readonly durationMs?: number;
  /** How long each phase took, in milliseconds. */
  readonly timings?: Timings;
  /** Absent if it succeeded; so are the next three. */
  readonly errorCode?: ErrorCode;
  /** The phase in which it failed. */
  readonly phase?: Phase;
  readonly error?: OperationError;
  /** Set if the rate limiter refused it and waiting helps. */
  readonly retryAfterMs?: number;
}

interface ConnectionMessage {
  readonly connectionId: string;
  readonly serverAddress?: string;
  readonly serverPort?: number;
  /** Set if it is part of an operation. */
  readonly correlationId?: string;
}

/** On `outsock:connection-opened`. */
export interface ConnectionOpenedMessage extends ConnectionMessage {
  /** The subprotocol; "" if there is none. */
  readonly protocol: string;
}

/** On `outsock:connection-closed`. */
export interface ConnectionClosedMessage extends ConnectionMessage {
  readonly code: number;
  readonly clean: boolean;
  /** How long it was open. */
  readonly openMs: number;
}

/** On `outsock:message-sent`. */
export interface MessageSentMessage extends ConnectionMessage {}

/** On `outsock:message-received` and `outsock:message-dropped`. */
export interface MessageReceivedMessage extends ConnectionMessage {
  readonly byteLength: number;
}

/** On `outsock:rate-limited`. */
export interface RateLimitedMessage {
  readonly operation: CountedName;
  readonly operationId: number;
  readonly correlationId: string;
  readonly source: RateDecision["source"];
  /** Absent if waiting does not help. */
  readonly retryAfterMs?: number;
}
