import type { RateDecision, RateLimiter } from "../ports/rate-limiter.ts";
import type { Deadlines } from "../time/deadlines.ts";
import { Expiry } from "../time/expiry.ts";
import type { Applicant } from "./admission-request.ts";

/** What the line needs to know of limiters. */
export interface LineHost {
  now(): number;
  /** Whether a refusal concerns everybody in line, not only those who ask the same limiter. */
  concernsAll(limiter: RateLimiter, decision: RateDecision): boolean;
}

/**
 * Operations that wait for permits, in the order they came. The first one asks. Where only the limit of its server refuses it, those
 * for other servers are asked next, so that nobody waits for the permits of another server, and nobody is overtaken at the
 * manager's own limit.
 */
export class WaitingLine {
  readonly #deadlines: Deadlines;
  readonly #host: LineHost;
  readonly #queues: Map<RateLimiter, Applicant[]> = new Map();
  readonly #wake: Expiry = new Expiry(() => this.advance());
  /** The limiters that refused while this one is not asked about again. */
  readonly #refusing: Set<RateLimiter> = new Set();
  #nextAtMs = Number.POSITIVE_INFINITY;
  #asked: Applicant | undefined;
  #advancing = false;
  #joined = 0;

  constructor(deadlines: Deadlines, host: LineHost) {
    this.#deadlines = deadlines;
    this.#host = host;
  }

  get empty(): boolean {
    return this.#queues.size === 0;
  }

  /** When somebody asks again; undefined when nobody waits for a permit. */
  get nextPermitInMs(): number | undefined {
    return this.#wake.index < 0 ? undefined : Math.max(0, this.#wake.atMs - this.#host.now());
  }

  join(applicant: Applicant): void {
    this.#joined += 1;
    applicant.place = this.#joined;
    const queue = this.#queues.get(applicant.limiter);
    if (queue !== undefined) {
      queue.push(applicant);
    } else {
      this.#queues.set(applicant.limiter, [applicant]);
      this.advance();
    }
  }

  /** Lets as many go as the limiters admit. Called whenever the first one may have changed. */
  advance(): void {
    if (this.#advancing) return;
    // What a limiter never answers for must not hold up the others.
    if (this.#asked?.settled === false) return;
    this.#asked = undefined;
    this.#deadlines.remove(this.#wake);
    this.#refusing.clear();
    this.#nextAtMs = Number.POSITIVE_INFINITY;
    this.#askAll();
  }

  /** Who is settled calls `advance`; that must not happen in the middle of one. */
  #askAll(): void {
    this.#advancing = true;
    while (this.#step()) {}
    this.#advancing = false;
    if (this.#asked === undefined && this.#nextAtMs < Number.POSITIVE_INFINITY) {
      this.#deadlines.add(this.#wake, this.#nextAtMs);
    }
  }

  /** True when another one may be asked now. */
  #step(): boolean {
    const first = this.#first();
    if (first === undefined) return false;
    const answer = first.ask();
    if (!(answer instanceof Promise)) return this.#decide(first, answer);
    this.#asked = first;
    answer.then(
      (decision) => this.#answered(first, () => this.#decide(first, decision), decision),
      (cause) =>
        this.#answered(first, () => {
          first.fail(cause);
          return this.#leave(first);
        }),
    );
    return false;
  }

  #answered(first: Applicant, act: () => boolean, decision?: RateDecision): void {
    if (this.#asked !== first) {
      // Nobody waited for it any more.
      if (decision?.allowed === true) first.admit(decision);
      return;
    }
    this.#asked = undefined;
    this.#advancing = true;
    const goOn = act();
    this.#advancing = false;
    this.#deadlines.remove(this.#wake);
    if (goOn) this.#askAll();
    else if (this.#nextAtMs < Number.POSITIVE_INFINITY) this.#deadlines.add(this.#wake, this.#nextAtMs);
  }

  #decide(first: Applicant, decision: RateDecision): boolean {
    if (!first.settled && !decision.allowed && first.canWaitFor(decision)) {
      // Not before the next millisecond, so that a limiter that says "now" and means "no" leaves the others their turn.
      const atMs = this.#host.now() + Math.max(1, decision.retryAfterMs ?? 0);
      this.#nextAtMs = Math.min(this.#nextAtMs, atMs);
      if (this.#host.concernsAll(first.limiter, decision)) return false;
      this.#refusing.add(first.limiter);
      return true;
    }
    if (decision.allowed) first.admit(decision);
    else first.refuse(decision);
    return this.#leave(first);
  }

  /** Who came first, of those whose limiter has not just refused. */
  #first(): Applicant | undefined {
    let first: Applicant | undefined;
    for (const [limiter, queue] of this.#queues) {
      while (queue[0]?.settled === true) queue.shift();
      const [head] = queue;
      if (head === undefined) this.#queues.delete(limiter);
      else if (!this.#refusing.has(limiter) && (first === undefined || head.place < first.place))
        first = head;
    }
    return first;
  }

  #leave(applicant: Applicant): true {
    const queue = this.#queues.get(applicant.limiter);
    if (queue?.[0] === applicant) queue.shift();
    if (queue?.length === 0) this.#queues.delete(applicant.limiter);
    return true;
  }
}
