import type { AcquireOptions, Clock, RateDecision, RateLimiter } from "../../src/index.ts";

/** How a limiter takes an ask: at once, after so long, or not at all. */
export type Mood =
  | { readonly do: "answer" }
  | { readonly do: "answer later" | "fail later" | "talk nonsense later"; readonly ms: number }
  | { readonly do: "fail" };

interface Grant {
  readonly cost: number;
  readonly decision: RateDecision;
  refunded: boolean;
}

/** Keeps the books of another limiter, in changing moods: what was given and not given back, and what was given back wrongly. */
export class Ledger implements RateLimiter {
  readonly faults: string[] = [];
  readonly #limiter: RateLimiter;
  readonly #clock: Pick<Clock, "now" | "schedule">;
  readonly #mood: () => Mood;
  readonly #grants: Map<unknown, Grant> = new Map();

  constructor(limiter: RateLimiter, clock: Pick<Clock, "now" | "schedule">, mood: () => Mood) {
    this.#limiter = limiter;
    this.#clock = clock;
    this.#mood = mood;
  }

  /** Permits that were given and not given back. */
  get kept(): number {
    return [...this.#grants.values()].reduce((sum, { cost, refunded }) => sum + (refunded ? 0 : cost), 0);
  }

  acquire(cost: number, options?: AcquireOptions): RateDecision | Promise<RateDecision> {
    const mood = this.#mood();
    if (mood.do === "answer") return this.#decide(cost, options);
    if (mood.do === "fail") throw new Error("the limiter failed");
    return new Promise((resolve, reject) => {
      this.#clock.schedule(mood.ms, () => {
        if (mood.do === "fail later") reject(new Error("the limiter failed later"));
        else if (mood.do === "answer later") resolve(this.#decide(cost, options));
        else resolve(JSON.parse("{}"));
      });
    });
  }

  refund(cost: number, { grant }: RateDecision): void {
    const given = this.#grants.get(grant);
    if (given === undefined) this.faults.push(`${cost} given back that were never given`);
    else if (given.refunded) this.faults.push(`${cost} given back twice`);
    else if (given.cost !== cost) this.faults.push(`${cost} given back of ${given.cost}`);
    if (given === undefined) return;
    given.refunded = true;
    this.#limiter.refund(cost, given.decision);
  }

  usage() {
    return this.#limiter.usage({ now: this.#clock.now() });
  }

  reset(): void | Promise<void> {
    return this.#limiter.reset();
  }

  #decide(cost: number, options: AcquireOptions | undefined): RateDecision {
    const decision = this.#limiter.acquire(cost, { ...options, now: this.#clock.now() });
    if (decision instanceof Promise) throw new Error("the books are those of a local limiter");
    if (!decision.allowed) return decision;
    const grant = Symbol("grant");
    this.#grants.set(grant, { cost, decision, refunded: false });
    return { ...decision, grant };
  }
}
