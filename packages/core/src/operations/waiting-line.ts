import type { Deadlines } from "../deadlines.ts";
import { Expiry } from "../expiry.ts";
import type { RateDecision } from "../ports/rate-limiter.ts";
import type { Applicant } from "./applicant.ts";

/** Operations that wait for the rate limiter, in the order they came: only the first one asks. */
export class WaitingLine {
  readonly #deadlines: Deadlines;
  readonly #now: () => number;
  readonly #line: Applicant[] = [];
  readonly #wake: Expiry = new Expiry(() => this.advance());
  #asking = false;
  #advancing = false;

  constructor(deadlines: Deadlines, now: () => number) {
    this.#deadlines = deadlines;
    this.#now = now;
  }

  get empty(): boolean {
    return this.#line.length === 0;
  }

  /** When the first one asks again; undefined when nobody waits for a permit. */
  get nextPermitInMs(): number | undefined {
    return this.#wake.index < 0 ? undefined : Math.max(0, this.#wake.atMs - this.#now());
  }

  join(applicant: Applicant): void {
    this.#line.push(applicant);
    if (this.#line.length === 1) this.advance();
  }

  /** Lets as many go as the limiter admits. Called whenever the first one may have changed. */
  advance(): void {
    if (this.#advancing || this.#asking) return;
    this.#deadlines.remove(this.#wake);
    this.#alone(() => {
      while (this.#step()) {}
    });
  }

  /** Who is settled calls `advance`; that must not happen in the middle of one. */
  #alone(act: () => void): void {
    this.#advancing = true;
    act();
    this.#advancing = false;
  }

  /** True when the first one has left the line. */
  #step(): boolean {
    const first = this.#line[0];
    if (first === undefined) return false;
    if (first.settled) return this.#leave();
    const answer = first.ask();
    if (!(answer instanceof Promise)) return this.#decide(first, answer);
    this.#asking = true;
    answer.then(
      (decision) => this.#answered(() => this.#decide(first, decision)),
      (cause) => this.#answered(() => first.fail(cause)),
    );
    return false;
  }

  #answered(act: () => void): void {
    this.#asking = false;
    this.#alone(act);
    if (this.#wake.index < 0) this.advance();
  }

  #decide(first: Applicant, decision: RateDecision): boolean {
    if (!decision.allowed && first.canWaitFor(decision)) {
      // Not before the next millisecond, so that a limiter that says "now" and means "no" leaves the others their turn.
      this.#deadlines.add(this.#wake, this.#now() + Math.max(1, decision.retryAfterMs ?? 0));
      return false;
    }
    if (decision.allowed) first.admit(decision);
    else first.refuse(decision);
    return this.#leave();
  }

  #leave(): boolean {
    this.#line.shift();
    return true;
  }
}
