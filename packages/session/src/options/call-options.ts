import { checkOptions, checks, oneOf, shape } from "@outsock/core/options";
import type { StandardSchema } from "../standard-schema.ts";

export interface NotifyOptions {
  /** Time to send the message; 0 fails at once. Default: the session's `callTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
  /** Ends the wait with ABORTED. A message that was sent is not recalled. */
  readonly signal?: AbortSignal | undefined;
  /** Returned in the result and in every event of the operation. Default: generated. */
  readonly correlationId?: string | undefined;
  /** Which conversation on the connection is meant, for protocols with several: the `sessionId` of CDP. */
  readonly scope?: string | undefined;
}

export interface CallOptions extends NotifyOptions {
  /** Time from the call to its answer, waiting and reconnecting included; 0 fails at once. Default: the session's `callTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
  /** Validates the response and types it; without it, the response is `unknown`. Fails with INVALID_RESPONSE. */
  readonly schema?: StandardSchema | undefined;
  /**
   * The call has the same effect if it runs twice, so it is sent again if the connection is lost before the answer, at most
   * three times. Default false.
   */
  readonly idempotent?: boolean | undefined;
}

export interface SubscribeOptions extends NotifyOptions {
  /** Time until the server confirms the subscription. Default: the session's `callTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
  /** Ends the subscription, even after the server has confirmed it. */
  readonly signal?: AbortSignal | undefined;
  /** Validates each event and types it. An invalid event ends the subscription with INVALID_RESPONSE. */
  readonly schema?: StandardSchema | undefined;
  /** How many unread events are buffered. Default 1024. */
  readonly maxEvents?: number | undefined;
  /**
   * What happens when the buffer is full.
   * - `"close"` (default): the subscription ends with INBOX_OVERFLOW after the buffered events are read.
   * - `"drop-oldest"`: the oldest event is dropped and counted.
   * - `"pause"`: the connection is not read until half of the buffer is read. Answers to calls wait too, so a loop that makes
   *   calls must not use it.
   */
  readonly overflow?: "close" | "drop-oldest" | "pause" | undefined;
}

export interface CloseSessionOptions {
  /** Time for pending calls; 0 waits for none. Default: the session's `drainTimeoutMs`. */
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
