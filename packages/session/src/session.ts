import type { OutsockError, Result } from "@outsock/core";
import type {
  CallOptions,
  CloseSessionOptions,
  NotifyOptions,
  SubscribeOptions,
} from "./options/call-options.ts";
import type { Topic } from "./protocol.ts";
import type { StandardSchema } from "./standard-schema.ts";
import type { Subscription } from "./subscription.ts";

/**
 * - `"connecting"`: a connection is being opened; calls wait.
 * - `"ready"`: calls are sent.
 * - `"rotating"`: calls are sent while the next connection is being opened, or while the old one finishes its calls.
 * - `"waiting"`: the pause before the next attempt to connect; calls wait.
 * - `"closing"`: pending calls are finished, new ones are refused.
 * - `"closed"`: the session has ended for good.
 */
export type SessionState = "connecting" | "ready" | "rotating" | "waiting" | "closing" | "closed";

export interface CallData<Response = unknown> {
  readonly response: Response;
  readonly correlationId: string;
}

export interface NotifyData {
  readonly correlationId: string;
}

export interface SubscriptionData<Event = unknown> {
  readonly subscription: Subscription<Event>;
  readonly correlationId: string;
}

/** The events of `session.on`. */
export interface SessionEvents {
  /** The state changed. `error` is the reason, if there was a failure. */
  readonly state: {
    readonly state: SessionState;
    readonly previous: SessionState;
    readonly error?: OutsockError;
  };
  /** An attempt to connect failed. `attempt` counts from 1; `retryInMs` is absent after the last attempt. */
  readonly failure: { readonly error: OutsockError; readonly attempt: number; readonly retryInMs?: number };
  /**
   * The connection was lost and replaced, so events that the server sent in between may be missing. Not emitted if the server
   * resumed the conversation. `sinceMs`: milliseconds since the server was last known to be alive. `subscriptions`: how many
   * are active.
   */
  readonly gap: { readonly sinceMs: number; readonly subscriptions: number };
  /** New calls are now sent on a new connection; no call was lost. */
  readonly rotation: { readonly reason: "age" | "go-away" };
  /** An event of the server that belongs to no subscription. */
  readonly event: { readonly topic: Topic; readonly data: unknown };
}

/** Counts since the session was opened. `inFlight`, `queued` and `subscriptions` are current values. */
export interface SessionStats {
  /**
   * Calls submitted, those that were refused at once included. A notification is one, and so is the message that starts or ends
   * a subscription.
   */
  readonly callsCount: number;
  readonly repliesCount: number;
  /** Replies to calls that had already ended: answered twice, timed out or aborted. They are dropped. */
  readonly lateRepliesCount: number;
  /** Replies to ids that the connection never used. They are dropped. */
  readonly unknownRepliesCount: number;
  /** Messages that the codec or the protocol could not read. They are dropped. */
  readonly unreadableCount: number;
  /** Calls sent again because they were marked `idempotent`. */
  readonly resentCount: number;
  /** Connections that have served calls, the current one included. */
  readonly connectionsCount: number;
  readonly rotationsCount: number;
  readonly eventsCount: number;
  /** Calls sent and not yet answered. */
  readonly inFlight: number;
  /** Calls not yet sent. */
  readonly queued: number;
  readonly subscriptions: number;
}

/**
 * A supervised logical connection to one server. Any number of callers share one connection, and their calls are matched to
 * answers by id. The session reconnects when the connection is lost, and replaces it before it gets too old. Every call settles
 * by its deadline with a `Result`. Only a programming error throws: a TypeError, at once.
 */
export interface Session extends AsyncDisposable {
  readonly state: SessionState;
  /** Why the session is closed. Undefined while it is open, and after `close`. */
  readonly error: OutsockError | undefined;
  /**
   * What the protocol keeps for its next handshake. Pass it to `openSession` as `resume`, even in another process, to continue
   * from there.
   */
  readonly resume: unknown;

  /**
   * Calls a method of the server and waits for its answer. If there is no connection, the call waits for one. Costs 1 permit of
   * the manager's rate limiter. Fails with
   * - REMOTE_ERROR: the server answered with an error, which is in `remote`
   * - RECEIVE_TIMEOUT: no answer within `timeoutMs`
   * - CONNECT_TIMEOUT: no connection within `timeoutMs`
   * - CONNECTION_CLOSED: the connection ended after the call was sent and before it was answered
   * - BACKPRESSURE: too many calls are waiting or in flight, or the socket's buffer is full
   * - RATE_LIMITED: the rate limiter refused the call
   * - INVALID_RESPONSE: the response does not match `schema`
   * - SERIALIZE_FAILED, INVALID_MESSAGE, SEND_FAILED: the message could not be sent
   * - MESSAGE_TOO_BIG: the message could not be sent (`sent` is "no"), or the server sent one that is larger than `maxMessageBytes`
   *   and so ended the connection. Nobody can tell whose answer that was, so all calls in flight fail, and idempotent ones are not
   *   sent again: the answer would be too large again.
   * - ABORTED: `signal` was aborted
   * - DISPOSED: the session is closed, or the manager disposed.
   *
   * On a session that has failed, a call fails with the code of `error`.
   */
  call<Schema extends StandardSchema>(
    method: string,
    params: unknown,
    options: CallOptions & { readonly schema: Schema },
  ): Promise<Result<CallData<StandardSchema.Output<Schema>>>>;
  call(method: string, params?: unknown, options?: CallOptions): Promise<Result<CallData>>;

  /**
   * Sends a message that the server does not answer. It succeeds when the open socket has accepted the message. Fails with the
   * codes of `call`.
   *
   * @throws TypeError if the protocol has no such messages (Home Assistant, CDP).
   */
  notify(method: string, params?: unknown, options?: NotifyOptions): Promise<Result<NotifyData>>;

  /**
   * Subscribes to events of the server. The subscription is an async iterable, and is restored on every new connection. Fails
   * with the codes of `call`.
   */
  subscribe<Schema extends StandardSchema>(
    method: string,
    params: unknown,
    options: SubscribeOptions & { readonly schema: Schema },
  ): Promise<Result<SubscriptionData<StandardSchema.Output<Schema>>>>;
  subscribe(method: string, params?: unknown, options?: SubscribeOptions): Promise<Result<SubscriptionData>>;

  /**
   * Calls `listener` on each event of this name until the returned value is disposed or `signal` is aborted. Errors and
   * rejections of a listener are ignored.
   *
   * @throws TypeError for an unknown event name.
   */
  on<Name extends keyof SessionEvents>(
    event: Name,
    listener: (event: SessionEvents[Name]) => void,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Disposable;

  getStats(): SessionStats;

  /** The state, and the error if there is one, for results and logs. */
  toJSON(): { readonly state: SessionState; readonly error?: OutsockError };

  /**
   * Refuses new calls, waits up to `timeoutMs` for pending ones, and closes every connection. Never fails. Calls that are
   * still pending then fail with DISPOSED.
   */
  close(options?: CloseSessionOptions): Promise<void>;
}
