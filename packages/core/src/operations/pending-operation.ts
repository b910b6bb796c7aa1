import type { Deadline, Deadlines } from "../time/deadlines.ts";
import type { Operation } from "./operation.ts";

/** What ends a wait before what it waits for: the operation's time is up, its signal was aborted, or the manager is disposed of. */
export type Interruption = "timeout" | "abort" | "disposal";

/** What a wait needs of its manager. */
export interface WaitContext {
  readonly deadlines: Pick<Deadlines, "add" | "remove">;
  onDispose(run: () => void): () => void;
}

/**
 * An operation that waits. It has one outcome: what it waits for, or what `interrupted` makes of an interruption. With it the
 * deadline and all listeners are gone.
 */
export abstract class PendingOperation<Outcome> implements Deadline {
  atMs = 0;
  index = -1;
  settled = false;
  readonly operation: Operation;
  readonly signal: AbortSignal | undefined;
  readonly #context: Pick<WaitContext, "deadlines">;
  #resolve: ((outcome: Outcome) => void) | undefined;
  #abort: (() => void) | undefined;
  #stopHearingDisposal: (() => void) | undefined;

  constructor(
    context: Pick<WaitContext, "deadlines">,
    operation: Operation,
    signal: AbortSignal | undefined,
  ) {
    this.operation = operation;
    this.signal = signal;
    this.#context = context;
  }

  /** The outcome of an interruption. */
  abstract interrupted(by: Interruption): Outcome;

  /** Waits for the outcome, at most until `timeoutMs` after the operation's start. `disposal`: where the manager's disposal ends it. */
  outcome(timeoutMs: number, disposal?: WaitContext): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      const { signal } = this;
      if (signal?.aborted) {
        this.interrupt("abort");
        return;
      }
      this.#context.deadlines.add(this, this.operation.startedAtMs + timeoutMs);
      if (signal !== undefined) {
        this.#abort = () => this.interrupt("abort");
        signal.addEventListener("abort", this.#abort);
      }
      this.#stopHearingDisposal = disposal?.onDispose(() => this.interrupt("disposal"));
    });
  }

  expire(): void {
    this.interrupt("timeout");
  }

  interrupt(by: Interruption): void {
    if (this.settle()) this.resolve(this.interrupted(by));
  }

  /**
   * Ends the wait, before its outcome is made: code that receives the failure may call back. False if it has its outcome already.
   */
  settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.#context.deadlines.remove(this);
    if (this.#abort !== undefined) this.signal?.removeEventListener("abort", this.#abort);
    this.#stopHearingDisposal?.();
    return true;
  }

  /** Gives the outcome, once it is settled. */
  resolve(outcome: Outcome): void {
    this.#resolve?.(outcome);
  }
}
