import type { ManagerContext } from "../manager-context.ts";
import type { Operation } from "../operations/operation.ts";
import type { RateDecision, RateLimiter, RateUsage } from "../ports/rate-limiter.ts";
import type { Failure } from "../result.ts";
import { ignoreRejection } from "../values.ts";
import { AdmissionLane, type QueueBound } from "./admission-lane.ts";
import { AdmissionQueue } from "./admission-queue.ts";
import { type AdmissionBounds, AdmissionRequest } from "./admission-request.ts";
import { joinLimits, type Limiters, type OperationTarget } from "./limiters.ts";
import { askLimiter, Permit } from "./permit.ts";
import { failByAbort, refuseByFullQueue, refuseByLimit, refuseByLimiterFailure } from "./refusals.ts";

/**
 * Asks the rate limiter before anything else happens. It answers at once where the limiter does and nothing waits; under
 * `onLimit: { wait }` operations wait in the queue.
 */
export class Admission {
  readonly limiters: Limiters;
  readonly queue: AdmissionQueue;
  readonly #context: ManagerContext;
  readonly #bound: QueueBound;
  readonly #lanes: WeakMap<RateLimiter, AdmissionLane> = new WeakMap();

  constructor(context: ManagerContext) {
    const { rateLimiter, limits, clock, maxQueued } = context.settings;
    this.#context = context;
    this.limiters = limits === undefined ? ownLimiter(rateLimiter) : limits[joinLimits](rateLimiter, clock);
    this.#bound = { maxQueued, waiting: 0, asked: 0 };
    this.queue = new AdmissionQueue(context, this.limiters);
  }

  ask(
    operation: Operation,
    cost: number,
    bounds: AdmissionBounds,
    target: OperationTarget,
  ): Permit | Failure | Promise<Permit | Failure> {
    const { signal } = bounds;
    if (signal?.aborted) return failByAbort(operation, "admission", signal);
    const { startedAtMs } = operation;
    const { maxQueued, waiting, asked } = this.#bound;
    try {
      const limiter = this.limiters.of(target);
      const waits = this.#context.settings.maxWaitMs > 0;
      let answer: RateDecision | Promise<RateDecision> | undefined;
      if (!waits || !this.#isBehindOthers(limiter, startedAtMs)) {
        // Before a limiter that answers later is asked: it would keep a permit for an operation that does not come.
        if (asked > 0 && waiting >= maxQueued) return refuseByFullQueue(operation, maxQueued);
        answer = askLimiter(limiter, { cost, signal }, startedAtMs);
        if (!(answer instanceof Promise)) {
          if (answer.allowed) return new Permit(limiter, cost, answer);
          if (!waits) return refuseByLimit(operation, cost, answer, 0);
        }
      }
      return this.#wait(operation, cost, bounds, limiter, answer);
    } catch (cause) {
      return refuseByLimiterFailure(operation, cause);
    }
  }

  /** Counts an operation that is never refused, wherever there is room. */
  count(cost: number, target: OperationTarget): void {
    try {
      const now = this.#context.settings.clock.now();
      for (const part of this.limiters.partsOf(target)) {
        ignoreRejection(askLimiter(part.limiter, { cost: part.cost ?? cost }, now));
      }
    } catch {
      // A release runs whatever the limiter says.
    }
  }

  /** Of the manager's own limit. */
  usage(): RateUsage {
    const { rateLimiter, clock } = this.#context.settings;
    return rateLimiter.usage({ now: clock.now() });
  }

  /** For the limiter's answer, or where there is none behind those that wait already. */
  #wait(
    operation: Operation,
    cost: number,
    bounds: AdmissionBounds,
    limiter: RateLimiter,
    answer: RateDecision | Promise<RateDecision> | undefined,
  ): Promise<Permit | Failure> {
    const lane = this.#lanes.get(limiter) ?? new AdmissionLane(this.queue, this.#bound, () => limiter);
    this.#lanes.set(limiter, lane);
    const request = new AdmissionRequest(this.#context, lane, operation, cost, bounds);
    const outcome = request.wait(this.#context);
    if (answer === undefined) lane.queueBehind(request, operation.startedAtMs);
    else {
      lane.track(request);
      lane.settle(request, limiter, answer);
    }
    // A limiter may abort what it is asked for.
    if (request.settled) lane.delete(request);
    return outcome;
  }

  #isBehindOthers(limiter: RateLimiter, nowMs: number): boolean {
    if (this.queue.empty) return false;
    return this.queue.wouldOvertake(limiter, 0, nowMs) || this.#lanes.get(limiter)?.head !== undefined;
  }
}

/** The manager's own limiter alone. */
export function ownLimiter(own: RateLimiter): Limiters {
  const parts = [{ limiter: own }];
  return {
    own,
    perServer: false,
    of: () => own,
    partsOf: () => parts,
    ownRefusal: (_, decision) => decision,
  };
}
