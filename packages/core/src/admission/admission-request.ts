import type { ManagerContext } from "../operations/context.ts";
import type { RateDecision, RateLimiter } from "../ports/rate-limiter.ts";
import type { Deadline } from "../time/deadlines.ts";
import type { WaitingLine } from "./admission-queue.ts";
import { giveBack } from "./rate-decision.ts";
import { type Application, acquire, longestWaitMs, type Refusal, refused } from "./refusals.ts";

/** An operation that could not be answered at once: bounded by its timeout, `onLimit.wait`, its signal and disposal. */
export class Applicant implements Deadline {
  atMs = 0;
  index = -1;
  settled = false;
  /** In line. */
  place = 0;
  readonly #context: ManagerContext;
  readonly #line: WaitingLine;
  readonly #application: Application;
  readonly #resolve: (refusal: Refusal) => void;
  readonly #abort: () => void;
  readonly #stopHearingDisposal: () => void;

  constructor(
    context: ManagerContext,
    line: WaitingLine,
    application: Application,
    resolve: (refusal: Refusal) => void,
  ) {
    this.#context = context;
    this.#line = line;
    this.#application = application;
    this.#resolve = resolve;
    const { operation, bounds } = application;
    context.deadlines.add(this, operation.startedAtMs + longestWaitMs(context.settings, bounds));
    const { signal } = bounds;
    this.#abort = () => this.#settle(() => refused.byAbort(operation, signal?.reason));
    signal?.addEventListener("abort", this.#abort);
    this.#stopHearingDisposal = context.onDispose(() => this.#settle(() => refused.byDisposal(operation)));
  }

  ask(): RateDecision | Promise<RateDecision> {
    const { limiter, cost, bounds } = this.#application;
    try {
      return acquire(limiter, cost, bounds, this.#context.settings.clock.now());
    } catch (cause) {
      return Promise.reject(cause);
    }
  }

  get limiter(): RateLimiter {
    return this.#application.limiter;
  }

  /** A permit that comes too late goes back. */
  admit(decision: RateDecision): void {
    const { limiter, operation, cost } = this.#application;
    if (this.settled) {
      giveBack(limiter, cost, decision);
      return;
    }
    operation.admit(limiter, cost, decision);
    this.#settle(() => undefined);
  }

  refuse(decision: RateDecision): void {
    this.#settle(() => refused.byLimit(this.#application, decision));
  }

  fail(cause: unknown): void {
    this.#settle(() => refused.byFailure(this.#application.operation, cause));
  }

  /** A permit may come free at the very moment at which the wait ends. */
  expire(): void {
    this.#line.advance();
    this.#settle(() => refused.byImpatience(this.#application.operation, this.#line.nextPermitInMs));
  }

  /** Whether this refusal names a moment that is within the wait. */
  canWaitFor({ retryAfterMs }: RateDecision): boolean {
    return retryAfterMs !== undefined && this.#context.settings.clock.now() + retryAfterMs <= this.atMs;
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
