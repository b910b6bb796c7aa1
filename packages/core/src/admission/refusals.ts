import type { Sent } from "../errors.ts";
import type { Operation } from "../operations/operation.ts";
import type { RateDecision } from "../ports/rate-limiter.ts";
import type { Phase } from "../ports/stats-sink.ts";
import type { Failure } from "../result.ts";
import { NoLimiterError } from "./limiters.ts";

// Why an operation was not admitted, in words that say what to do.

export function refuseByLimit(
  operation: Operation,
  cost: number,
  decision: RateDecision,
  maxWaitMs: number,
): Failure {
  const { limit, retryAfterMs, source } = decision;
  if (retryAfterMs === undefined) {
    const message = `The rate limit of ${limit} never has ${cost} permits: raise it, or lower a reserve`;
    return operation.refuse(message, { source, retryable: false });
  }
  const advice = maxWaitMs === 0 ? "wait with onLimit: { wait }" : `raise onLimit.wait (${maxWaitMs} ms)`;
  const message = `The rate limit of ${limit} is reached: try again in ${Math.ceil(retryAfterMs)} ms, or ${advice}`;
  return operation.refuse(message, { source, retryAfterMs });
}

/** The wait ended without a permit. Says which of the two bounds ended it: `onLimit.wait`, 0 under "reject", or `timeoutMs`. */
export function refuseByWait(
  operation: Operation,
  maxWaitMs: number,
  timeoutMs: number,
  retryAfterMs: number | undefined,
): Failure {
  const bound =
    maxWaitMs > 0 && maxWaitMs < timeoutMs ? `onLimit.wait (${maxWaitMs} ms)` : `timeoutMs (${timeoutMs} ms)`;
  return operation.refuse(`No permit came free within ${bound}: raise it`, {
    source: "local",
    retryAfterMs,
  });
}

export function refuseByLimiterFailure(operation: Operation, cause: unknown): Failure {
  const source = "local";
  return cause instanceof NoLimiterError
    ? operation.refuse(`${cause.message}; see cause`, { source, cause: cause.cause, retryable: false })
    : operation.refuse("The rate limiter failed; see cause", { source, cause });
}

/** The queue is full. */
export function refuseByFullQueue(operation: Operation, maxQueued: number): Failure {
  const message = `${maxQueued} operations wait already (maxQueued): try again when fewer do`;
  return operation.fail("BACKPRESSURE", "admission", message);
}

/** The phase says where it was. `sent` is of its own message. */
export function failByAbort(
  operation: Operation,
  phase: Phase,
  signal: AbortSignal | undefined,
  sent: Sent = "no",
): Failure {
  return operation.fail("ABORTED", phase, "The signal was aborted", { sent, cause: signal?.reason });
}

export function failByDisposal(operation: Operation, phase: Phase): Failure {
  return operation.fail("DISPOSED", phase, "The manager is disposed; create a new one");
}
