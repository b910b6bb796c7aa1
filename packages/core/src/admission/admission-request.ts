import type { ManagerContext } from "../manager-context.ts";
import type { Operation } from "../operations/operation.ts";
import type { Failure } from "../result.ts";
import type { Deadline } from "../time/deadlines.ts";
import type { AdmissionLane, QueueEntry } from "./admission-queue.ts";
import type { Permit } from "./permit.ts";
import { refusals } from "./refusals.ts";

/** The options of an operation that bound its wait for admission. */
export interface AdmissionBounds {
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An operation that could not be admitted at once. Its timeout, `onLimit.wait`, its signal and disposal bound its wait. */
export class AdmissionRequest implements QueueEntry, Deadline {
  atMs = 0;
  index = -1;
  readonly operation: Operation;
  readonly cost: number;
  readonly reserve = 0;
  readonly signal: AbortSignal | undefined;
  readonly #context: ManagerContext;
  readonly #lane: AdmissionLane;
  readonly #timeoutMs: number;
  readonly #resolve: (outcome: Permit | Failure) => void;
  readonly #stopHearingDisposal: () => void;
  #settled = false;

  constructor(
    context: ManagerContext,
    lane: AdmissionLane,
    operation: Operation,
    cost: number,
    { signal, timeoutMs = context.settings.timeoutMs }: AdmissionBounds,
    resolve: (outcome: Permit | Failure) => void,
  ) {
    this.operation = operation;
    this.cost = cost;
    this.signal = signal;
    this.#context = context;
    this.#lane = lane;
    this.#timeoutMs = timeoutMs;
    this.#resolve = resolve;
    const { maxWaitMs } = context.settings;
    context.deadlines.add(
      this,
      operation.startedAtMs + (maxWaitMs === 0 ? timeoutMs : Math.min(timeoutMs, maxWaitMs)),
    );
    signal?.addEventListener("abort", this.abort);
    this.#stopHearingDisposal = context.onDispose(() => this.#end(() => refusals.byDisposal(operation)));
  }

  /** Its deadline is set already. */
  waitUntil(): void {}

  admit(permit: Permit): boolean {
    // A sink that hears of its end may make the queue go on.
    if (this.#settled) permit.giveBack();
    this.#settle(permit);
    return true;
  }

  refuse(failure: Failure): void {
    this.#settle(failure);
  }

  /** A permit may have come free at the very moment at which the wait ends. */
  expire(): void {
    this.#lane.queue.retry();
    const limits = { maxWaitMs: this.#context.settings.maxWaitMs, timeoutMs: this.#timeoutMs };
    this.#end(() => refusals.byWait(this.operation, limits, this.#lane.queue.nextPermitInMs));
  }

  readonly abort = (): void => this.#end(() => refusals.byAbort(this.operation, this.signal?.reason));

  #end(failure: () => Failure): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#leave();
    this.#resolve(failure());
    this.#lane.delete(this);
  }

  #settle(outcome: Permit | Failure): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#leave();
    this.#resolve(outcome);
  }

  #leave(): void {
    this.#context.deadlines.remove(this);
    this.signal?.removeEventListener("abort", this.abort);
    this.#stopHearingDisposal();
  }
}
