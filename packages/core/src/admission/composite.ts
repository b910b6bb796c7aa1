import type { AcquireOptions, RateDecision, RateLimiter, RateUsage } from "../ports/rate-limiter.ts";
import { ignoreRejection } from "../values.ts";
import type { LimiterPart } from "./limiters.ts";
import { decided, giveBack } from "./permit.ts";

/**
 * Combines several limits, as servers publish them: 5 a second and 300 in five minutes. Either all of them admit, or no permit is
 * used. A refusal has the longest of their waits; `usage` is that of the limiter closest to its limit.
 *
 * @throws TypeError for a value that is not a rate limiter with `refund`, and for an empty list.
 */
export function composite(...limiters: readonly RateLimiter[]): RateLimiter {
  if (limiters.length === 0) throw new TypeError("composite: give at least one rate limiter");
  for (const limiter of limiters) checkLimiter("composite", limiter);
  return new Composite(limiters.map((limiter) => ({ limiter })));
}

/** @throws TypeError for a value that is not a rate limiter, or that cannot take a permit back. */
export function checkLimiter(where: string, limiter: unknown): void {
  const methods = ["acquire", "refund", "usage", "reset"];
  const complete =
    typeof limiter === "object" && limiter !== null && methods.every((method) => method in limiter);
  if (!complete) throw new TypeError(`${where}: a rate limiter must have ${methods.join(", ")}`);
}

export class Composite implements RateLimiter {
  readonly #parts: readonly LimiterPart[];

  constructor(parts: readonly LimiterPart[]) {
    this.#parts = parts;
  }

  acquire(cost: number, options?: AcquireOptions): RateDecision | Promise<RateDecision> {
    const decisions: RateDecision[] = [];
    const answers: (RateDecision | Promise<RateDecision>)[] = [];
    try {
      for (const part of this.#parts) {
        const answer = decided(part.limiter.acquire(part.cost ?? cost, optionsFor(part, options)));
        answers.push(answer);
        if (!(answer instanceof Promise)) decisions.push(answer);
      }
    } catch (error) {
      this.#takeBackLater(cost, answers);
      throw error;
    }
    if (decisions.length === answers.length) return this.#decide(cost, decisions);
    return Promise.all(answers).then(
      (all) => this.#decide(cost, all),
      (error) => {
        this.#takeBackLater(cost, answers);
        throw error;
      },
    );
  }

  /** What some gave of a refusal was taken back already. */
  refund(cost: number, { allowed, grant }: RateDecision): void {
    if (allowed && Array.isArray(grant)) this.#takeBack(cost, grant);
  }

  usage(options?: { readonly now?: number }): RateUsage {
    const usages = this.#parts.map(({ limiter }) => limiter.usage(options));
    return usages.reduce((one, other) => (share(other) > share(one) ? other : one));
  }

  async reset(): Promise<void> {
    await Promise.all(this.#parts.map(async ({ limiter }) => limiter.reset()));
  }

  /** What the first of them refused. */
  static firstRefusal({ grant }: RateDecision): RateDecision | undefined {
    const first: RateDecision | undefined = Array.isArray(grant) ? grant[0] : undefined;
    return first?.allowed === false ? first : undefined;
  }

  #decide(cost: number, decisions: readonly RateDecision[]): RateDecision {
    const resetAfterMs = Math.max(...decisions.map((decision) => decision.resetAfterMs));
    const refusals = decisions.filter(({ allowed }) => !allowed);
    if (refusals.length === 0) {
      const tightest = decisions.reduce((one, other) => (other.remaining < one.remaining ? other : one));
      const { limit, remaining } = tightest;
      return { allowed: true, limit, remaining, resetAfterMs, source: sourceOf(decisions), grant: decisions };
    }
    this.#takeBack(cost, decisions);
    const last = refusals.reduce((one, other) => (waitOf(other) > waitOf(one) ? other : one));
    const { limit, remaining, retryAfterMs, source } = last;
    const refusal = { allowed: false, limit, remaining, resetAfterMs, source, grant: decisions };
    return retryAfterMs === undefined ? refusal : { ...refusal, retryAfterMs };
  }

  #takeBack(cost: number, decisions: readonly (RateDecision | undefined)[]): void {
    for (const [index, part] of this.#parts.entries()) {
      const decision = decisions[index];
      if (decision !== undefined) giveBack(part.limiter, part.cost ?? cost, decision);
    }
  }

  /** Some may answer only after another has failed. */
  #takeBackLater(cost: number, answers: readonly (RateDecision | Promise<RateDecision>)[]): void {
    for (const [index, answer] of answers.entries()) {
      const part = this.#parts[index];
      if (part === undefined) continue;
      const taken = Promise.resolve(answer).then((decision) =>
        giveBack(part.limiter, part.cost ?? cost, decision),
      );
      ignoreRejection(taken);
    }
  }
}

function optionsFor(
  { maxReserve }: LimiterPart,
  options: AcquireOptions | undefined,
): AcquireOptions | undefined {
  if (maxReserve === undefined || (options?.reserve ?? 0) <= maxReserve) return options;
  return { ...options, reserve: maxReserve };
}

function waitOf({ retryAfterMs = Number.POSITIVE_INFINITY }: RateDecision): number {
  return retryAfterMs;
}

function share({ used, limit }: RateUsage): number {
  return used / limit;
}

/** That one of them had to do without its store is worth most to know. */
function sourceOf(decisions: readonly RateDecision[]): RateDecision["source"] {
  const sources = decisions.map(({ source }) => source);
  return (["fallback", "remote"] as const).find((source) => sources.includes(source)) ?? "local";
}
