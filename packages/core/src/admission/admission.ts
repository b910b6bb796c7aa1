import { ignoreRejection } from "../adapter/promise-like.ts";
import type { ManagerContext } from "../manager-context.ts";
import type { Operation } from "../operations/operation.ts";
import type { RateLimiter, RateUsage } from "../ports/rate-limiter.ts";
import type { Failure } from "../result.ts";
import { type AdmissionGate, type AdmissionLane, AdmissionQueue, QueueBound } from "./admission-queue.ts";
import { type AdmissionBounds, AdmissionRequest } from "./admission-request.ts";
import { type Limiters, type OperationTarget, ownLimiter } from "./limiters.ts";
import { askLimiter, Permit } from "./permit.ts";
import { refusals } from "./refusals.ts";

/**
 * Asks the rate limiter before anything else happens. It answers at once where the limiter does and nothing waits; under
 * `onLimit: { wait }` operations wait in the queue.
 */
export class Admission {
  readonly #context: ManagerContext;
  readonly #limiters: Limiters;
  readonly #queue: AdmissionQueue;
  readonly #bound: QueueBound;
  readonly #lanes: WeakMap<RateLimiter, AdmissionLane> = new WeakMap();

  constructor(context: ManagerContext) {
    const { rateLimiter, limits, clock, maxWaitMs, maxQueued } = context.settings;
    this.#context = context;
    this.#limiters = limits === undefined ? ownLimiter(rateLimiter) : limits.join(rateLimiter, clock);
    this.#bound = new QueueBound(maxQueued);
    this.#queue = new AdmissionQueue({
      deadlines: context.deadlines,
      limiters: this.#limiters,
      maxWaitMs,
      now: () => clock.now(),
    });
  }

  /** Whether it matters where an operation goes. */
  get perServer(): boolean {
    return this.#limiters.perServer;
  }

  ask(
    operation: Operation,
    cost: number,
    bounds: AdmissionBounds,
    target: OperationTarget,
  ): Permit | Failure | Promise<Permit | Failure> {
    const { signal } = bounds;
    if (signal?.aborted) return refusals.byAbort(operation, signal.reason);
    try {
      const limiter = this.#limiters.of(target);
      const { maxWaitMs } = this.#queue;
      if (maxWaitMs > 0 && !this.#queue.empty) {
        return this.#wait(operation, cost, bounds, limiter, (lane, request) =>
          lane.queueBehind(request, operation.startedAtMs),
        );
      }
      // Before the limiter is asked: it would keep a permit for an operation that does not come.
      if (this.#bound.waiting > 0 && this.#bound.full) {
        return refusals.byQueue(operation, this.#bound.maxQueued);
      }
      const answer = askLimiter(limiter, cost, operation.startedAtMs, signal);
      if (!(answer instanceof Promise)) {
        if (answer.allowed) return new Permit(limiter, cost, answer);
        if (maxWaitMs === 0) return refusals.byLimit(operation, cost, answer, maxWaitMs);
      }
      return this.#wait(operation, cost, bounds, limiter, (lane, request) =>
        lane.settle(request, limiter, answer),
      );
    } catch (cause) {
      return refusals.byFailure(operation, cause);
    }
  }

  /** The lane of what is built on the manager: its entries have a gate and a bound of their own. */
  lane(gate: AdmissionGate, maxQueued: number): AdmissionLane {
    return this.#queue.lane(gate, new QueueBound(maxQueued));
  }

  limiterOf(target: OperationTarget): RateLimiter {
    return this.#limiters.of(target);
  }

  /** Permits may have come free unforeseen. */
  retry(): void {
    this.#queue.retry();
  }

  /** Counts an operation that is never refused, wherever there is room. */
  count(cost: number, target: OperationTarget): void {
    try {
      const now = this.#context.settings.clock.now();
      for (const part of this.#limiters.partsOf(target)) {
        ignoreRejection(askLimiter(part.limiter, part.cost ?? cost, now));
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

  #wait(
    operation: Operation,
    cost: number,
    bounds: AdmissionBounds,
    limiter: RateLimiter,
    enter: (lane: AdmissionLane, request: AdmissionRequest) => void,
  ): Promise<Permit | Failure> {
    return new Promise((resolve) => {
      const lane = this.#laneOf(limiter);
      enter(lane, new AdmissionRequest(this.#context, this.#queue, lane, operation, cost, bounds, resolve));
    });
  }

  #laneOf(limiter: RateLimiter): AdmissionLane {
    let lane = this.#lanes.get(limiter);
    if (lane === undefined) {
      lane = this.#queue.lane({ ready: () => true, limiter: () => limiter }, this.#bound);
      this.#lanes.set(limiter, lane);
    }
    return lane;
  }
}
