import type { Operation } from "../operations/operation.ts";
import type { Settings } from "../options/manager-options.ts";
import type { AcquireOptions, RateDecision, RateLimiter } from "../ports/rate-limiter.ts";
import type { Failure } from "../result.ts";
import { decided } from "./rate-decision.ts";
import { NoLimiter, type ServerAction } from "./server-limits.ts";

/** Undefined: admitted. */
export type Refusal = Failure | undefined;

/** The options of an operation that bound its wait for the limiter. */
export interface AdmissionBounds {
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Permits that it leaves for others. */
  readonly reserve?: number | undefined;
}

/** What an operation will do to which server, for the limits of servers. */
export interface OperationTarget {
  readonly action?: ServerAction | undefined;
  readonly url?: string | undefined;
}

export const anywhere: OperationTarget = {};

/** What an operation asks which limiter for, and for how long. */
export interface Application {
  readonly operation: Operation;
  readonly limiter: RateLimiter;
  readonly cost: number;
  readonly bounds: AdmissionBounds;
}

/** Asks the limiter, which may throw, or answer later or nonsense: then this throws or rejects. */
export function acquire(
  limiter: RateLimiter,
  cost: number,
  { signal, reserve }: AdmissionBounds,
  now: number,
): RateDecision | Promise<RateDecision> {
  const options: AcquireOptions =
    signal === undefined && reserve === undefined ? { now } : { now, signal, reserve };
  return decided(limiter.acquire(cost, options));
}

/** How long an operation may wait for its permits, from its start. */
export function longestWaitMs({ maxWaitMs, timeoutMs }: Settings, bounds: AdmissionBounds): number {
  return Math.min(bounds.timeoutMs ?? timeoutMs, maxWaitMs === 0 ? timeoutMs : maxWaitMs);
}

/** Why an operation did not get to run, in words that say what to do. */
export const refused = {
  byLimit({ operation, cost }: Application, { limit, retryAfterMs, source }: RateDecision): Failure {
    if (retryAfterMs === undefined) {
      const message = `The rate limit of ${limit} never has the ${cost} permits that this takes; raise it`;
      return operation.refuse(message, { source, retryable: false });
    }
    const advice = `try again in ${Math.ceil(retryAfterMs)} ms, or wait for a permit with onLimit: { wait }`;
    return operation.refuse(`The rate limit of ${limit} is reached: ${advice}`, { source, retryAfterMs });
  },

  byImpatience(operation: Operation, retryAfterMs: number | undefined): Failure {
    return operation.refuse("No permit came free within the wait", { source: "local", retryAfterMs });
  },

  byFailure(operation: Operation, cause: unknown): Failure {
    if (cause instanceof NoLimiter) {
      const details = { source: "local", cause: cause.cause, retryable: false } as const;
      return operation.refuse(`${cause.message}; see cause`, details);
    }
    return operation.refuse("The rate limiter failed, so nothing was admitted", { source: "local", cause });
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
