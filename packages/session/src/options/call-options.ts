import { checkOptions, checks, oneOf, shape } from "@outsock/core/options";
import type { StandardSchema } from "../standard-schema.ts";

export interface NotifyOptions {
  /** Until it is on its way. Default: the session's `callTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
  /** Ends the wait. What was sent is not taken back. */
  readonly signal?: AbortSignal | undefined;
  /** Returned in the result and every event of the operation. Made by counting when absent. */
  readonly correlationId?: string | undefined;
  /** Which of several conversations on the connection is meant, where the protocol has such: CDP's `sessionId`. */
  readonly scope?: string | undefined;
}

export interface CallOptions extends NotifyOptions {
  /** From the call to its answer, whatever happens in between; 0 fails at once. Default: the session's `callTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
  /** Checks the response and gives it its type. Without it the response is `unknown`. */
  readonly schema?: StandardSchema | undefined;
  /**
   * Doing it twice is the same as doing it once: sent again by itself when the connection was lost before the
   * answer. Default false.
   */
  readonly idempotent?: boolean | undefined;
}

export interface SubscribeOptions extends NotifyOptions {
  /** Until the server has agreed. Default: the session's `callTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
  /** Ends the subscription, before the server agreed or after. */
  readonly signal?: AbortSignal | undefined;
  /** Checks each event and gives it its type. An event that does not pass ends the subscription with INVALID_RESPONSE. */
  readonly schema?: StandardSchema | undefined;
  /** Events kept for a loop that is slower than the server. Default 1024. */
  readonly maxEvents?: number | undefined;
  /**
   * What happens when more are waiting. `"close"` (default): the subscription ends with INBOX_OVERFLOW once they are taken.
   * `"drop-oldest"`: forget and count the oldest. `"pause"`: stop reading from the connection until half is taken: answers
   * to calls wait too, so a loop that calls must not use it.
   */
  readonly overflow?: "close" | "drop-oldest" | "pause" | undefined;
}

export interface CloseSessionOptions {
  /** For the answers that are still due; 0 waits for none. Default: the session's `drainTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
}

const notifyChecks = {
  timeoutMs: checks.duration,
  signal: checks.signal,
  correlationId: checks.text,
  scope: checks.text,
};
const callChecks = { ...notifyChecks, schema: shape("~standard"), idempotent: checks.flag };
const subscribeChecks = {
  ...notifyChecks,
  schema: shape("~standard"),
  maxEvents: checks.positiveInteger,
  overflow: oneOf("close", "drop-oldest", "pause"),
};

export function checkCall(options: CallOptions): void {
  checkOptions("call", callChecks, options);
}
export function checkNotify(options: NotifyOptions): void {
  checkOptions("notify", notifyChecks, options);
}
export function checkSubscribe(options: SubscribeOptions): void {
  checkOptions("subscribe", subscribeChecks, options);
}
export function checkClose(options: CloseSessionOptions): void {
  checkOptions("close", { timeoutMs: checks.duration }, options);
}
