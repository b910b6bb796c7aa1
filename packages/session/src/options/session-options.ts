import type { OutsockError } from "@outsock/core";
import type { Protocol } from "../protocol.ts";

/** What `url` and `headers` are told when they are asked. */
export interface Attempt {
  /** Attempts since the last connection that was stable, this one included: from 1. */
  readonly attempt: number;
  /** Aborted when the attempt is given up. */
  readonly signal: AbortSignal;
}

export type PerAttempt<Value> = Value | ((attempt: Attempt) => Value | Promise<Value>);

export interface ReconnectOptions {
  /** The first pause is a random part of this, the next of twice as much, and so on. Default 500. */
  readonly baseDelayMs?: number | undefined;
  /** The longest pause, except where the server asks for a longer one, at most an hour. Default 30_000. */
  readonly maxDelayMs?: number | undefined;
  /** How long a connection must have served before the pauses begin anew. Default 10_000. */
  readonly stableAfterMs?: number | undefined;
  /** Attempts without a stable connection between them before the session gives up. Default: no end. */
  readonly maxAttempts?: number | undefined;
  /** Whether the first connection is tried more than once as well, until `signal` ends it. Default false. */
  readonly initial?: boolean | undefined;
  /** Whether to try again after this failure. Default, also where it throws: `error.retryable`, and after a loss true. */
  readonly retry?: ((error: OutsockError) => boolean) | undefined;
}

export interface HeartbeatOptions {
  /** How long the server may be silent before it is asked. Default 20_000. */
  readonly intervalMs?: number | undefined;
  /** How long it may then take to answer. Default 10_000. */
  readonly timeoutMs?: number | undefined;
  /**
   * How long it may take to answer after this process stood still (a frozen function, a laptop that slept), which is noticed
   * from a second beyond `intervalMs` on: calls wait for the answer, and go to a new connection where none comes. Default 1_000.
   */
  readonly verifyTimeoutMs?: number | undefined;
}

export interface SessionOptions {
  /** Where to; a function is asked anew for each attempt: for addresses that are tickets, or that move. */
  readonly url: PerAttempt<string | URL>;
  /** Sent with the handshake; a function is asked anew for each attempt: for tokens that expire. */
  readonly headers?: PerAttempt<Readonly<Record<string, string>>> | undefined;
  readonly protocol: Protocol;
  /** Ends the opening. Without effect on a session that is open. */
  readonly signal?: AbortSignal | undefined;
  /** For one attempt: `url`, `headers`, name resolution, TCP, TLS and the WebSocket handshake. Default: the manager's `timeoutMs`. */
  readonly connectTimeoutMs?: number | undefined;
  /** For the protocol's handshake that follows. Default 10_000. */
  readonly handshakeTimeoutMs?: number | undefined;
  /** Default for calls. Default: the manager's `timeoutMs`. */
  readonly callTimeoutMs?: number | undefined;
  /** How old a connection may get, at least 100: between 85 and 90 % of it the next one takes over. Default: no limit. */
  readonly maxAgeMs?: number | undefined;
  /** How long a connection that is to be closed may finish its calls. Default 10_000. */
  readonly drainTimeoutMs?: number | undefined;
  /** `false`: the session ends with its connection. */
  readonly reconnect?: ReconnectOptions | false | undefined;
  /** `false`: none. Where the protocol has no message of its own and the transport no ping frames there is none either. */
  readonly heartbeat?: HeartbeatOptions | false | undefined;
  /** Calls sent and not answered; more wait. Default 4096. */
  readonly maxInFlight?: number | undefined;
  /** Calls that wait to be sent; more are refused with BACKPRESSURE. Default 1024. */
  readonly maxQueued?: number | undefined;
  /** Permits of the rate limiter that calls leave for heartbeats. Default: a tenth of the limit, at most 5. */
  readonly reserve?: number | undefined;
  /** A resume state of an earlier session, given to the first handshake. */
  readonly resume?: unknown;
  /** Of the operations that connect, and in the result. Made by counting for each attempt when absent. */
  readonly correlationId?: string | undefined;
  /** Where the pauses' randomness comes from, from 0 up to 1. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}
