import type { Deadline } from "../deadlines.ts";
import type { RateDecision } from "../ports/rate-limiter.ts";
import type { Context } from "./context.ts";
import { type Application, acquire, type Refusal, refused } from "./refusal.ts";

/** An operation that could not be answered at once: bounded by its timeout, `onLimit.wait`, its signal and disposal. */
export class Applicant implements Deadline {
  atMs = 0;
  index = -1;
  settled = false;
  readonly #context: Context;
  readonly #application: Application;
  readonly #resolve: (refusal: Refusal) => void;
  readonly #abort: () => void;
  readonly #stopHearingDisposal: () => void;
  #lastDecision: RateDecision | undefined;

  constructor(context: Context, application: Application, resolve: (refusal: Refusal) => void) {
    this.#context = context;
    this.#application = application;
    this.#resolve = resolve;
    const { operation, bounds } = application;
    const { maxWaitMs, timeoutMs } = context.settings;
    const longestMs = Math.min(bounds.timeoutMs ?? timeoutMs, maxWaitMs === 0 ? timeoutMs : maxWaitMs);
    context.deadlines.add(this, operation.startedAtMs + longestMs);
    this.#abort = () => this.#settle(() => refused.byAbort(operation));
    bounds.signal?.addEventListener("abort", this.#abort);
    this.#stopHearingDisposal = context.onDispose(() => this.#settle(() => refused.byDisposal(operation)));
  }

  ask(): RateDecision | Promise<RateDecision> {
    const { cost, bounds } = this.#application;
    try {
      return acquire(this.#context.settings, cost, bounds);
    } catch (cause) {
      return Promise.reject(cause);
    }
  }

  admit(): void {
    this.#settle(() => undefined);
  }

  refuse(decision: RateDecision): void {
    this.#settle(() => refused.byLimit(this.#application, decision));
  }

  fail(cause: unknown): void {
    this.#settle(() => refused.byFailure(this.#application.operation, cause));
  }

  expire(): void {
    this.#settle(() => refused.byImpatience(this.#application, this.#lastDecision));
  }

  /** Kept for what to say if the wait ends without a permit. */
  remember(decision: RateDecision): void {
    this.#lastDecision = decision;
  }

  #settle(outcome: () => Refusal): void {
    if (this.settled) return;
    this.settled = true;
    this.#context.deadlines.remove(this);
    this.#application.bounds.signal?.removeEventListener("abort", this.#abort);
    this.#stopHearingDisposal();
    this.#resolve(outcome());
  }
}
