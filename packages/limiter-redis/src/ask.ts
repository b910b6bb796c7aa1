import type { RateDecision } from "@outsock/core";

/** Somebody who waits for a decision that takes a trip. Settled once: by a decision or by its own signal. */
export class Ask {
  readonly cost: number;
  readonly reserve: number;
  readonly decision: Promise<RateDecision>;
  /** Its answer came too late to be used once already. */
  wasLate = false;
  #settled = false;
  #resolve: (decision: RateDecision) => void = () => {};
  #reject: (reason: unknown) => void = () => {};
  readonly #signal: AbortSignal | undefined;
  readonly #abort: () => void;

  constructor(cost: number, reserve: number, signal: AbortSignal | undefined) {
    this.cost = cost;
    this.reserve = reserve;
    this.decision = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#signal = signal;
    this.#abort = () => {
      this.#end();
      this.#reject(signal?.reason);
    };
    signal?.addEventListener("abort", this.#abort);
  }

  get isSettled(): boolean {
    return this.#settled;
  }

  resolve(decision: RateDecision): void {
    this.#end();
    this.#resolve(decision);
  }

  #end(): void {
    this.#settled = true;
    this.#signal?.removeEventListener("abort", this.#abort);
  }
}
