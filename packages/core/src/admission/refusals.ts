import type { Operation } from "../operations/operation.ts";
import type { RateDecision } from "../ports/rate-limiter.ts";
import type { Failure } from "../result.ts";
import { NoLimiterError } from "./limiters.ts";

/** What bounds an operation's wait for the rate limiter. */
export interface WaitLimits {
  /** `onLimit.wait`; 0 under `onLimit: "reject"`. */
  readonly maxWaitMs: number;
  /** The operation's own time. */
  readonly timeoutMs: number;
}

/** Why an operation was not admitted, in words that say what to do. */
export const refusals = {
  byLimit(operation: Operation, cost: number, decision: RateDecision, maxWaitMs: number): Failure {
    const { limit, retryAfterMs, source } = decision;
    if (retryAfterMs === undefined) {
      const permits = cost === 1 ? "the permit" : `the ${cost} permits`;
      const message = `The rate limit of ${limit} never has ${permits} that this takes: raise it, or lower a reserve`;
      return operation.refuse(message, { source, retryable: false });
    }
    const again = `try again in ${Math.ceil(retryAfterMs)} ms`;
    const advice =
      maxWaitMs === 0
        ? `${again}, or wait for a permit with onLimit: { wait }`
        : `no permit comes free within onLimit.wait (${maxWaitMs} ms): ${again}, or raise onLimit.wait`;
    return operation.refuse(`The rate limit of ${limit} is reached: ${advice}`, { source, retryAfterMs });
  },

  /** The wait ended without a permit. Says which of the two bounds ended it. */
  byWait(operation: Operation, limits: WaitLimits, retryAfterMs: number | undefined): Failure {
    const { maxWaitMs, timeoutMs } = limits;
    const bound =
      maxWaitMs > 0 && maxWaitMs < timeoutMs
        ? `onLimit.wait (${maxWaitMs} ms): raise it`
        : `timeoutMs (${timeoutMs} ms), the time of the call itself: raise it`;
    return operation.refuse(`No permit came free within ${bound}`, { source: "local", retryAfterMs });
  },

  byFailure(operation: Operation, cause: unknown): Failure {
    if (cause instanceof NoLimiterError) {
      const details = { source: "local", cause: cause.cause, retryable: false } as const;
      return operation.refuse(`${cause.message}; see cause`, details);
    }
    return operation.refuse("The rate limiter failed, so nothing was admitted; see cause", {
      source: "local",
      cause,
    });
  },

  /** The queue is full. */
  byQueue(operation: Operation, maxQueued: number): Failure {
    const message = `${maxQueued} operations wait to be admitted already (maxQueued): try again when fewer do`;
    return operation.fail("BACKPRESSURE", "admission", message);
  },

  byAbort(operation: Operation, cause: unknown): Failure {
    return operation.fail("ABORTED", "admission", "The signal was aborted before the operation began", {
      cause,
    });
  },

  byDisposal(operation: Operation): Failure {
    return operation.fail("DISPOSED", "admission", "The manager is disposed; create a new one");
  },
};
