import { ignoreRejection } from "../adapter/promise-like.ts";
import type { ManagerContext } from "../operations/context.ts";
import type { Operation } from "../operations/operation.ts";
import type { RateDecision, RateLimiter, RateUsage } from "../ports/rate-limiter.ts";
import { WaitingLine } from "./admission-queue.ts";
import { Applicant } from "./admission-request.ts";
import {
  type AdmissionBounds,
  type Application,
  acquire,
  anywhere,
  longestWaitMs,
  type OperationTarget,
  type Refusal,
  refused,
} from "./refusals.ts";
import { Limits } from "./server-limits.ts";

/**
 * Asks the rate limiter before anything else happens. It answers at once where the limiter does and nobody has to
 * wait; under `onLimit: { wait }` operations wait in line.
 */
export class Admission {
  readonly #context: ManagerContext;
  readonly #limits: Limits;
  readonly #line: WaitingLine;

  constructor(context: ManagerContext) {
    const { rateLimiter, limits, clock } = context.settings;
    this.#context = context;
    this.#limits = new Limits(rateLimiter, limits, clock);
    this.#line = new WaitingLine(context.deadlines, {
      now: () => clock.now(),
      concernsAll: (limiter, decision) => this.#limits.ownRefused(limiter, decision),
    });
  }

  /** Whether it matters where an operation goes. */
  get targeted(): boolean {
    return this.#limits.any;
  }

  ask(
    operation: Operation,
    cost: number,
    bounds: AdmissionBounds,
    target: OperationTarget = anywhere,
  ): Refusal | Promise<Refusal> {
    operation.url ??= target.url;
    if (bounds.signal?.aborted) return refused.byAbort(operation, bounds.signal.reason);
    let limiter: RateLimiter;
    let decision: RateDecision | Promise<RateDecision>;
    try {
      limiter = this.#limits.of(target.action, target.url);
      if (!this.#line.empty) return this.#wait({ operation, limiter, cost, bounds });
      decision = acquire(limiter, cost, bounds, operation.startedAtMs);
    } catch (cause) {
      return refused.byFailure(operation, cause);
    }
    if (decision instanceof Promise) return this.#hear({ operation, limiter, cost, bounds }, decision);
    if (decision.allowed) {
      operation.admit(limiter, cost, decision);
      return undefined;
    }
    const application = { operation, limiter, cost, bounds };
    if (!this.#waits(application, decision)) return refused.byLimit(application, decision);
    return this.#wait(application);
  }

  /**
   * Asks for one permit, for what waits in a queue of its own, and gives it to the operation. Throws or rejects where the limiter
   * fails.
   */
  acquire(
    operation: Operation,
    reserve: number,
    target: OperationTarget,
  ): RateDecision | Promise<RateDecision> {
    const now = this.#context.settings.clock.now();
    const limiter = this.#limits.of(target.action, target.url);
    const given = (decision: RateDecision): RateDecision => {
      if (decision.allowed) operation.admit(limiter, 1, decision);
      return decision;
    };
    const decision = acquire(limiter, 1, { reserve }, now);
    return decision instanceof Promise ? decision.then(given) : given(decision);
  }

  /** Counts an operation that is never refused, wherever there is room. */
  count(cost: number, target: OperationTarget): void {
    try {
      const now = this.#context.settings.clock.now();
      for (const part of this.#limits.partsOf(target.action, target.url)) {
        ignoreRejection(acquire(part.limiter, part.cost ?? cost, {}, now));
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

  /** Whether waiting is allowed and can help. */
  #waits({ operation, bounds }: Application, { retryAfterMs }: RateDecision): boolean {
    const { settings } = this.#context;
    if (settings.maxWaitMs === 0 || retryAfterMs === undefined) return false;
    const leftMs = operation.startedAtMs + longestWaitMs(settings, bounds) - settings.clock.now();
    return retryAfterMs <= leftMs;
  }

  /** An answer from afar; the operation's own bounds hold while it is under way. */
  #hear(application: Application, answer: Promise<RateDecision>): Promise<Refusal> {
    return new Promise((resolve) => {
      const applicant = this.#applicant(application, resolve);
      answer.then(
        (decision) => {
          if (decision.allowed) applicant.admit(decision);
          else if (this.#waits(application, decision)) this.#line.join(applicant);
          else applicant.refuse(decision);
        },
        (cause) => applicant.fail(cause),
      );
    });
  }

  #wait(application: Application): Promise<Refusal> {
    return new Promise((resolve) => this.#line.join(this.#applicant(application, resolve)));
  }

  #applicant(application: Application, resolve: (refusal: Refusal) => void): Applicant {
    return new Applicant(this.#context, this.#line, application, (refusal) => {
      resolve(refusal);
      this.#line.advance();
    });
  }
}
