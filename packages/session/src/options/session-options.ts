import type { OutsockError } from "@outsock/core";
import type { Protocol } from "../protocol.ts";

/** The argument of the functions `url` and `headers`. */
export interface Attempt {
  /** The number of this attempt since the last stable connection, from 1. */
  readonly attempt: number;
  /** Aborted when the attempt is abandoned. */
  readonly signal: AbortSignal;
}

export type PerAttempt<Value> = Value | ((attempt: Attempt) => Value | Promise<Value>);

export interface ReconnectOptions {
  /** The first pause is random between 0 and this; the bound doubles with each attempt. Default 500. */
  readonly baseDelayMs?: number | undefined;
  /** The longest pause. The server can ask for a longer one, up to an hour. Default 30_000. */
  readonly maxDelayMs?: number | undefined;
  /** How long a connection must serve before the pauses start over. Default 10_000. */
  readonly stableAfterMs?: number | undefined;
  /** How many attempts in a row, without a stable connection, before the session ends. Default: unlimited. */
  readonly maxAttempts?: number | undefined;
  /** Whether to retry the first connection too, until `signal` is aborted. Default false. */
  readonly initial?: boolean | undefined;
  /**
   * Whether to reconnect after this failure. Default, also if it throws: `error.retryable` for a failed attempt, and true after
   * a lost connection, unless the protocol calls the close code fatal.
   */
  readonly retry?: ((error: OutsockError) => boolean) | undefined;
}

export interface HeartbeatOptions {
  /** How long the server may be silent before a probe is sent. Default 20_000. */
  readonly intervalMs?: number | undefined;
  /** How long the server has to answer the probe. Default 10_000. */
  readonly timeoutMs?: number | undefined;
  /**
   * How long the server has to answer after this process was suspended, like a frozen function or a sleeping laptop. Calls wait
   * for the answer, and are sent on a new connection if there is none. A suspension is detected when the heartbeat is more
   * than a second overdue. Default 1_000.
   */
  readonly verifyTimeoutMs?: number | undefined;
}

export interface SessionOptions {
  /** The address. A function is called for each attempt, for URLs that hold tickets or change. */
  readonly url: PerAttempt<string | URL>;
  /** Headers of the WebSocket handshake. A function is called for each attempt, for tokens that expire. */
  readonly headers?: PerAttempt<Readonly<Record<string, string>>> | undefined;
  /** How to talk to the server: `jsonRpc()`, `homeAssistant()`, `cdp()`, `plain()` or your own. */
  readonly protocol: Protocol;
  /** Aborts opening. It has no effect on an open session. */
  readonly signal?: AbortSignal | undefined;
  /** Time for one attempt: `url`, `headers`, name resolution, TCP, TLS and the WebSocket handshake. Default: the manager's `timeoutMs`. */
  readonly connectTimeoutMs?: number | undefined;
  /** Time for the protocol's handshake that follows. Default 10_000. */
  readonly handshakeTimeoutMs?: number | undefined;
  /** The default `timeoutMs` of calls, notifications and subscriptions. Default: the manager's `timeoutMs`. */
  readonly callTimeoutMs?: number | undefined;
  /** The maximum age of a connection, at least 100. The next one takes over at 85 to 90 % of it. Default: unlimited. */
  readonly maxAgeMs?: number | undefined;
  /** Time for a connection to finish its calls before it is closed. Default 10_000. */
  readonly drainTimeoutMs?: number | undefined;
  /** How to reconnect. With `false` the session ends with its connection. */
  readonly reconnect?: ReconnectOptions | false | undefined;
  /** How to detect a dead server; `false` to disable. Needs a protocol with a heartbeat message or a transport with ping frames. */
  readonly heartbeat?: HeartbeatOptions | false | undefined;
  /** How many calls may be sent and not yet answered; more wait. Default 4096. */
  readonly maxInFlight?: number | undefined;
  /** How many calls may wait to be sent; more fail with BACKPRESSURE. Default 1024. */
  readonly maxQueued?: number | undefined;
  /** How many permits of the rate limiter calls leave for heartbeats. Default: a tenth of the limit, at most 5. */
  readonly reserve?: number | undefined;
  /** The `resume` state of an earlier session, for the first handshake. */
  readonly resume?: unknown;
  /** Used for every attempt to connect, and returned in the result. Default: generated for each attempt. */
  readonly correlationId?: string | undefined;
  /** Returns random numbers from 0 up to 1, for the pauses. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}
