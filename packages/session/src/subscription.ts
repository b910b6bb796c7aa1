import type { OutsockError } from "@outsock/core";

/**
 * The events of a subscription, in the order in which they arrive. If several loops iterate over it, each event goes to one of
 * them. A subscription outlives its connection: after a loss it is restored, and the session's `gap` event reports that
 * events may be missing. During a rotation no event is missed, but one may arrive twice if both connections carried it.
 *
 * Leaving the loop ends the subscription, as `close` and `await using` do. The loop ends when the session is closed. It throws
 * an OutsockError when the subscription or the session fails.
 */
export interface Subscription<Event = unknown> extends AsyncIterable<Event>, AsyncDisposable {
  readonly state: "active" | "ended";
  /** Why it ended, if it failed. */
  readonly error: OutsockError | undefined;
  /** Events dropped under `overflow: "drop-oldest"`. */
  readonly droppedCount: number;
  /** Ends it, and unsubscribes at the server if there is a connection. Buffered events are discarded. Never fails. */
  close(): Promise<void>;
  /** For results and logs. Contains nothing of the method or the params. */
  toJSON(): {
    readonly state: "active" | "ended";
    readonly droppedCount: number;
    readonly error?: OutsockError;
  };
}
