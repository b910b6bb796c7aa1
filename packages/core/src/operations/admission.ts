import { giveBack } from "../limits/decision.ts";
import { Limits } from "../limits/server-limits.ts";
import type { RateDecision, RateLimiter, RateUsage } from "../ports/rate-limiter.ts";
import { ignoreRejection } from "../promise-like.ts";
import { Applicant } from "./applicant.ts";
import type { Context } from "./context.ts";
import type { Operation } from "./operation.ts";
import {
  type Application,
  acquire,
  anywhere,
  longestWaitMs,
  type Refusal,
  refused,
  type Target,
  type WaitBounds,
} from "./refusal.ts";
import { WaitingLine } from "./waiting-line.ts";

/**
 * Asks the rate limiter before anything else happens. It answers at once where the limiter does and nobody has to
 * wait; under `onLimit: { wait }` operations wait in line.
 */
export class Admission {
  readonly #context: Context;
  readonly #limits: Limits;
  /** One for each limiter, so that nobody waits for the permits of another server. */
  readonly #lines: WeakMap<RateLimiter, WaitingLine> = new WeakMap();

  constructor(context: Context) {
    this.#context = context;
    const { rateLimiter, limits, clock } = context.settings;
    this.#limits = new Limits(rateLimiter, limits, clock);
  }

  /** Whether it matters where an operation goes. */
  get targeted(): boolean {
    return this.#limits.any;
  }

  ask(
    operation: Operation,
    cost: number,
    bounds: WaitBounds,
    target: Target = anywhere,
  ): Refusal | Promise<Refusal> {
    if (bounds.signal?.aborted) return refused.byAbort(operation, bounds.signal.reason);
    let limiter: RateLimiter;
    let decision: RateDecision | Promise<RateDecision>;
    try {
      limiter = this.#limits.of(target.doing, target.url);
      const line = this.#lines.get(limiter);
      if (line?.empty === false) return this.#wait(line, { operation, limiter, cost, bounds });
      decision = acquire(limiter, cost, bounds, operation.startedAtMs);
    } catch (cause) {
      return refused.byFailure(operation, cause);
    }
    if (decision instanceof Promise) return this.#hear({ operation, limiter, cost, bounds }, decision);
    if (decision.allowed) {
      operation.source = decision.source;
      return undefined;
    }
    const application = { operation, limiter, cost, bounds };
    if (!this.#waits(application, decision)) return refused.byLimit(application, decision);
    return this.#wait(this.#lineOf(limiter), application);
  }

  /** Asks for one permit, for what waits in a queue of its own. Throws or rejects where the limiter fails. */
  acquire(reserve: number, target: Target): RateDecision | Promise<RateDecision> {
    const now = this.#context.settings.clock.now();
    return acquire(this.#limits.of(target.doing, target.url), 1, { reserve }, now);
  }

  refund(decision: RateDecision, target: Target): void {
    giveBack(this.#limits.of(target.doing, target.url), 1, decision);
  }

  /** Counts an operation that is never refused, as far as there is room. */
  count(cost: number, target: Target): void {
    try {
      const limiter = this.#limits.of(target.doing, target.url);
      ignoreRejection(acquire(limiter, cost, {}, this.#context.settings.clock.now()));
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
    const line = this.#lineOf(application.limiter);
    return new Promise((resolve) => {
      const applicant = this.#applicant(line, application, resolve);
      answer.then(
        (decision) => {
          if (decision.allowed) applicant.admit(decision);
          else if (this.#waits(application, decision)) line.join(applicant);
          else applicant.refuse(decision);
        },
        (cause) => applicant.fail(cause),
      );
    });
  }

  #wait(line: WaitingLine, application: Application): Promise<Refusal> {
    return new Promise((resolve) => line.join(this.#applicant(line, application, resolve)));
  }

  #applicant(line: WaitingLine, application: Application, resolve: (refusal: Refusal) => void): Applicant {
    return new Applicant(this.#context, line, application, (refusal) => {
      resolve(refusal);
      line.advance();
    });
  }

  #lineOf(limiter: RateLimiter): WaitingLine {
    let line = this.#lines.get(limiter);
    if (line === undefined) {
      const { deadlines, settings } = this.#context;
      line = new WaitingLine(deadlines, () => settings.clock.now());
      this.#lines.set(limiter, line);
    }
    return line;
  }
}
