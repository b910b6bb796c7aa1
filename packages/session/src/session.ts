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
 * `"connecting"`: a connection is being made, calls wait. `"ready"`: calls go out. `"rotating"`: calls go out while the
 * connection's successor is being made or the old one finishes its calls. `"waiting"`: the pause before the next attempt. `"closing"`: the last calls are answered,
 * new ones refused. `"closed"`: for good.
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

/** What `session.on` tells. */
export interface SessionEvents {
  /** The state changed. `error`: why, where something failed. */
  readonly state: {
    readonly state: SessionState;
    readonly previous: SessionState;
    readonly error?: OutsockError;
  };
  /** An attempt to connect failed. `retryInMs` is absent where it was the last. */
  readonly failure: { readonly error: OutsockError; readonly attempt: number; readonly retryInMs?: number };
  /**
   * The connection was lost and made anew: events that the server sent meanwhile may be missing. Not told where the
   * server resumed the conversation. `sinceMs`: since when,
   * counted from the last moment at which the server was known to be there.
   */
  readonly gap: { readonly sinceMs: number; readonly subscriptions: number };
  /** New calls go over a new connection now; none was lost. */
  readonly rotation: { readonly reason: "age" | "go-away" };
  /** An event of the server that no subscription took. */
  readonly event: { readonly topic: Topic; readonly data: unknown };
}

/** Counts since the session was opened. */
export interface SessionStats {
  readonly callsCount: number;
  readonly repliesCount: number;
  /** Replies to calls that were over already: answered twice, timed out or aborted. Dropped. */
  readonly lateRepliesCount: number;
  /** Replies to ids that the connection never used. Dropped. */
  readonly unknownRepliesCount: number;
  /** Messages that the codec or the protocol could not read. Dropped. */
  readonly unreadableCount: number;
  /** Calls sent once more, because they were marked idempotent. */
  readonly resentCount: number;
  readonly connectionsCount: number;
  readonly rotationsCount: number;
  readonly eventsCount: number;
  /** Calls sent and not answered yet. */
  readonly inFlight: number;
  /** Calls not sent yet. */
  readonly queued: number;
  readonly subscriptions: number;
}

/**
 * A supervised logical connection to one server. Calls of any number of callers share one connection and are told apart by
 * id; it is made anew when it breaks, and replaced before it gets too old. Every call settles by its deadline and answers a
 * `Result`; only a mistake in the program throws, a TypeError, at once.
 */
export interface Session extends AsyncDisposable {
  readonly state: SessionState;
  /** Why it is closed, where it was not `close` that did it. */
  readonly error: OutsockError | undefined;
  /** What the protocol keeps for the next handshake: give it to `openSession` of another process to go on from there. */
  readonly resume: unknown;

  /**
   * Asks the server and waits for its answer. While there is no connection it waits for one. Costs 1 at the manager's rate
   * limiter. Fails with REMOTE_ERROR (the server's own error in `remote`), RECEIVE_TIMEOUT, CONNECT_TIMEOUT (there was no
   * connection in its time), CONNECTION_CLOSED (sent, and the connection ended before the answer), BACKPRESSURE (too many
   * calls), RATE_LIMITED, INVALID_RESPONSE (`schema` found faults), ABORTED, DISPOSED, SERIALIZE_FAILED, INVALID_MESSAGE, MESSAGE_TOO_BIG, SEND_FAILED.
   */
  call<Schema extends StandardSchema>(
    method: string,
    params: unknown,
    options: CallOptions & { readonly schema: Schema },
  ): Promise<Result<CallData<StandardSchema.Output<Schema>>>>;
  call(method: string, params?: unknown, options?: CallOptions): Promise<Result<CallData>>;

  /** Tells the server something that it does not answer. Success: the open socket took it. Fails as `call` does.
   * @throws TypeError where the protocol has no such messages (Home Assistant, CDP).
   */
  notify(method: string, params?: unknown, options?: NotifyOptions): Promise<Result<NotifyData>>;

  /**
   * Follows what the server tells. The subscription is an async iterable; it is made anew by itself on every new connection.
   * Fails as `call` does.
   */
  subscribe<Schema extends StandardSchema>(
    method: string,
    params: unknown,
    options: SubscribeOptions & { readonly schema: Schema },
  ): Promise<Result<SubscriptionData<StandardSchema.Output<Schema>>>>;
  subscribe(method: string, params?: unknown, options?: SubscribeOptions): Promise<Result<SubscriptionData>>;

  /** Calls back on each such event until disposed of or aborted. What a listener throws, or rejects with, changes nothing. */
  on<Name extends keyof SessionEvents>(
    event: Name,
    listener: (event: SessionEvents[Name]) => void,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Disposable;

  getStats(): SessionStats;

  /** For results and logs: the state, and why it ended. */
  toJSON(): { readonly state: SessionState; readonly error?: OutsockError };

  /**
   * Refuses new calls, waits for the answers of those that were sent, at most `timeoutMs`, and closes every connection.
   * Never fails; calls that are left then end with DISPOSED.
   */
  close(options?: CloseSessionOptions): Promise<void>;
}
