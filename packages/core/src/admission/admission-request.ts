import type { ManagerContext } from "../manager-context.ts";
import type { Operation } from "../operations/operation.ts";
import { type Interruption, PendingOperation } from "../operations/pending-operation.ts";
import type { Failure } from "../result.ts";
import type { AdmissionLane } from "./admission-lane.ts";
import type { QueueEntry } from "./admission-queue.ts";
import type { Permit } from "./permit.ts";
import { failByAbort, failByDisposal, refuseByWait } from "./refusals.ts";

/** The options of an operation that bound its wait for admission. */
export interface AdmissionBounds {
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An operation that could not be admitted at once. Its timeout, `onLimit.wait`, its signal and disposal bound its wait. */
export class AdmissionRequest extends PendingOperation<Permit | Failure> implements QueueEntry {
  readonly cost: number;
  readonly reserve = 0;
  readonly #maxWaitMs: number;
  readonly #timeoutMs: number;
  readonly #lane: AdmissionLane;

  constructor(
    context: ManagerContext,
    lane: AdmissionLane,
    operation: Operation,
    cost: number,
    { signal, timeoutMs = context.settings.timeoutMs }: AdmissionBounds,
  ) {
    super(context, operation, signal);
    this.cost = cost;
    this.#maxWaitMs = context.settings.maxWaitMs;
    this.#timeoutMs = timeoutMs;
    this.#lane = lane;
  }

  wait(disposal: ManagerContext): Promise<Permit | Failure> {
    return this.outcome(Math.min(this.#timeoutMs, this.#maxWaitMs || this.#timeoutMs), disposal);
  }

  /** Its deadline is set already. */
  waitUntil(): void {}

  admit(permit: Permit): boolean {
    // A sink that receives its last event may make the queue go on.
    if (this.settle()) this.resolve(permit);
    else permit.giveBack();
    return true;
  }

  refuse(failure: Failure): void {
    if (this.settle()) this.resolve(failure);
  }

  /** A permit may have come free at the very moment at which the wait ends. */
  override expire(): void {
    this.#lane.queue.retry();
    super.expire();
  }

  override interrupt(by: Interruption): void {
    super.interrupt(by);
    this.#lane.delete(this);
  }

  interrupted(by: Interruption): Failure {
    const { operation, signal } = this;
    if (by === "abort") return failByAbort(operation, "admission", signal);
    if (by === "disposal") return failByDisposal(operation, "admission");
    return refuseByWait(operation, this.#maxWaitMs, this.#timeoutMs, this.#lane.queue.nextPermitInMs);
  }
}
