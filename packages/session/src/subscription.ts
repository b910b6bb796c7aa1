import type { OutsockError } from "@outsock/core";

/**
 * What the server tells, as it comes. Several loops share it: each event goes to one of them. It outlives connections: after each loss it is made anew by itself, and the session's
 * `gap` event says that something may be missing. Over a rotation nothing is missing, but an event may come twice, when both connections
 * carried it. Leaving the loop ends the subscription, as `close` and `await using` do. The loop ends when the session
 * is closed; it throws the OutsockError when the subscription or the session fails.
 */
export interface Subscription<Event = unknown> extends AsyncIterable<Event>, AsyncDisposable {
  readonly state: "active" | "ended";
  /** Why it ended, where that was a failure. */
  readonly error: OutsockError | undefined;
  /** Events forgotten under `overflow: "drop-oldest"`. */
  readonly droppedCount: number;
  /** Ends it and tells the server, as far as there is a connection. Never fails. */
  close(): Promise<void>;
  /** For results and logs: nothing of what was asked for. */
  toJSON(): {
    readonly state: "active" | "ended";
    readonly droppedCount: number;
    readonly error?: OutsockError;
  };
}
