import type { RateDecision, RateUsage } from "../ports/rate-limiter.ts";
import { Applicant } from "./applicant.ts";
import type { Context } from "./context.ts";
import type { Operation } from "./operation.ts";
import {
  type Application,
  acquire,
  longestWaitMs,
  type Refusal,
  refused,
  type WaitBounds,
} from "./refusal.ts";
import { WaitingLine } from "./waiting-line.ts";

/**
 * Asks the rate limiter before anything else happens. It answers at once where the limiter does and nobody has to
 * wait; under `onLimit: { wait }` operations wait in line.
 */
export class Admission {
  readonly #context: Context;
  readonly #line: WaitingLine;

  constructor(context: Context) {
    this.#context = context;
    this.#line = new WaitingLine(context.deadlines, () => context.settings.clock.now());
  }

  ask(operation: Operation, cost: number, bounds: WaitBounds): Refusal | Promise<Refusal> {
    if (bounds.signal?.aborted) return refused.byAbort(operation, bounds.signal.reason);
    if (!this.#line.empty) return this.#wait({ operation, cost, bounds });
    let decision: RateDecision | Promise<RateDecision>;
    try {
      decision = acquire(this.#context.settings, cost, bounds, operation.startedAtMs);
    } catch (cause) {
      return refused.byFailure(operation, cause);
    }
    if (decision instanceof Promise) return this.#hear({ operation, cost, bounds }, decision);
    if (decision.allowed) return undefined;
    const application = { operation, cost, bounds };
    if (!this.#waits(application, decision)) return refused.byLimit(application, decision);
    return this.#wait(application);
  }

  /** Counts an operation that is never refused, as far as there is room. */
  count(cost: number): void {
    try {
      const decision = acquire(this.#context.settings, cost, {});
      if (decision instanceof Promise) decision.catch(() => undefined);
    } catch {
      // A release runs whatever the limiter says.
    }
  }

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
          if (decision.allowed) applicant.admit();
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
