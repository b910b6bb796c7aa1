import type { Connection } from "./connection/connection.ts";
import type {
  CloseOptions,
  ConnectOptions,
  ReceiveOptions,
  RequestOptions,
  ResetOptions,
  SendOptions,
} from "./options/operation-options.ts";
import type { OperationName } from "./ports/stats-sink.ts";
import type { Result } from "./result.ts";
import type { Counters } from "./stats/recorder.ts";

export interface ConnectData {
  readonly connection: Connection;
  /** Redacted: no userinfo, no query. */
  readonly url: string;
  readonly correlationId: string;
}

export interface SendData {
  readonly correlationId: string;
}

export interface ResponseData {
  /** The decoded message; with the JSON codec whatever JSON says. */
  readonly response: unknown;
  readonly correlationId: string;
}

export interface CloseData {
  /** The peer's close code; 1005 when it gave none, 1006 when no Close frame came (RFC 6455 section 7.1.5). */
  readonly code: number;
  readonly reason: string;
  /** The closing handshake was completed. */
  readonly clean: boolean;
  readonly correlationId: string;
}

/** What `getStats` answers. */
export interface Stats extends Counters {
  /** Permits used in the current window. */
  readonly currentRateLimitSize: number;
  readonly maxRateLimit: number;
  readonly rateLimitWindowMs: number;
}

/** The data of each operation, by its name. */
export interface OperationData {
  readonly connect: ConnectData;
  readonly send: SendData;
  readonly receive: ResponseData;
  readonly close: CloseData;
  readonly request: ResponseData;
  readonly getStats: Stats;
  readonly reset: { readonly correlationId: string };
}

/** What `execute` takes for each operation. A connection may be named by its id. */
export interface OperationParameters {
  readonly connect: ConnectOptions & { readonly url: string | URL };
  readonly send: SendOptions & { readonly connection: Connection | string; readonly message: unknown };
  readonly receive: ReceiveOptions & { readonly connection: Connection | string };
  readonly close: CloseOptions & { readonly connection: Connection | string };
  readonly request: RequestOptions & { readonly url: string | URL; readonly message: unknown };
  readonly getStats: Readonly<Record<string, never>>;
  readonly reset: ResetOptions;
}

/** The parameters may be left out where none is required. */
export type ExecuteParameters<Name extends OperationName> =
  Readonly<Record<string, never>> extends OperationParameters[Name]
    ? [parameters?: OperationParameters[Name]]
    : [parameters: OperationParameters[Name]];

/**
 * Connects to other people's WebSocket servers. Every operation asks the rate limiter first, settles within its deadline
 * and returns a {@link Result}: what the network, the peer or the limiter does is a value. Only a mistake in the
 * program throws, a TypeError, at once: an unknown option or one of the wrong type.
 *
 * Every operation can fail with RATE_LIMITED and DISPOSED; under `onLimit: { wait }` with BACKPRESSURE, where `maxQueued` operations
 * wait already; those with a `signal` with ABORTED.
 */
export interface WebSocketManager extends AsyncDisposable {
  /**
   * Opens a connection. Costs 1. Fails with INVALID_URL, URL_FORBIDDEN, CONNECT_FAILED, CONNECT_TIMEOUT,
   * HANDSHAKE_REJECTED (with `status` and `retryAfterMs`), TLS_FAILED, PROTOCOL_ERROR.
   */
  connect(url: string | URL, options?: ConnectOptions): Promise<Result<ConnectData>>;

  /**
   * Gives a message to the open socket, in the order of the calls. Costs 1. Success means the socket took it, not
   * that the peer has it. Fails with NO_CONNECTION, CONNECTION_CLOSED, INVALID_MESSAGE, SERIALIZE_FAILED,
   * BACKPRESSURE, MESSAGE_TOO_BIG, SEND_FAILED; `sent` is "no" in all but the last.
   */
  send(connection: Connection, message: unknown, options?: SendOptions): Promise<Result<SendData>>;

  /**
   * Takes the next message, or waits for it. Costs 1. What came before a close is received first. Fails with
   * NO_CONNECTION, RECEIVE_TIMEOUT (nothing is lost), PARSE_FAILED (that message is taken), CONNECTION_CLOSED with
   * `closeCode` and `closeReason`, MESSAGE_TOO_BIG, PROTOCOL_ERROR, INBOX_OVERFLOW.
   */
  receive(connection: Connection, options?: ReceiveOptions): Promise<Result<ResponseData>>;

  /**
   * Ends a connection in bounded time: closing handshake, then destruction of the socket. Costs 1: where the limiter
   * refuses it, the connection stays open. `await using` and `dispose` close it whatever the limiter says. Closing a closed
   * connection succeeds again. Fails with NO_CONNECTION, CLOSE_FAILED (the transport did not confirm the end).
   */
  close(connection: Connection, options?: CloseOptions): Promise<Result<CloseData>>;

  /**
   * Connects, sends, receives one response and closes, whatever happens. Costs 4, admitted whole or refused whole.
   * `timeoutMs` covers all of it; the error's `phase` names the step that used it up. Fails with every code of
   * connect, send and receive.
   */
  request(url: string | URL, message: unknown, options?: RequestOptions): Promise<Result<ResponseData>>;

  /** True from the call of `dispose` on: every operation fails with DISPOSED. */
  readonly disposed: boolean;

  /** The counters, at no cost. */
  getStats(): Stats;

  /**
   * Sets the counters and the rate limiter back to zero; open connections stay open. Costs 1. False when it
   * was refused or the rate limiter failed; `execute("reset")` says why.
   */
  reset(options?: ResetOptions): Promise<boolean>;

  /**
   * An operation by its name, with its parameters as one object: for handlers and command lines.
   * @throws TypeError for an unknown operation or parameter.
   */
  execute<Name extends OperationName>(
    operation: Name,
    ...parameters: ExecuteParameters<Name>
  ): Promise<Result<OperationData[Name]>>;
  /** For a name that is only known at run time. */
  execute<Name extends string>(
    operation: string extends Name ? Name : never,
    parameters?: unknown,
  ): Promise<Result<OperationData[OperationName]>>;

  /**
   * Refuses new operations, ends what is connecting, and closes every connection: what was sent leaves first, replies
   * that come before the peer's answer are still delivered. Bounded by `closeTimeoutMs`.
   */
  dispose(): Promise<void>;
}
