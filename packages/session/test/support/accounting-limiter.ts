import {
  type AcquireOptions,
  type Clock,
  type ManagerOptions,
  type RateDecision,
  type RateLimiter,
  serverLimits,
  slidingWindow,
} from "@outsock/core";
import { stage } from "./stage.ts";

interface Grant {
  readonly decision: RateDecision;
  refunded: boolean;
}

/** A window that decides after `delayMs`, and records its grants and refunds. */
export class AccountingLimiter implements RateLimiter {
  /** 0: at once. */
  delayMs: number;
  clock: Pick<Clock, "now" | "schedule"> | undefined;
  readonly faults: string[] = [];
  refunds = 0;
  readonly #limiter: RateLimiter;
  readonly #grants: Map<unknown, Grant> = new Map();

  constructor(limit: number, windowMs: number, delayMs = 0) {
    this.delayMs = delayMs;
    this.#limiter = slidingWindow({ limit, windowMs });
  }

  /** Permits granted and not refunded, in all windows. */
  get kept(): number {
    return [...this.#grants.values()].filter(({ refunded }) => !refunded).length;
  }

  acquire(cost: number, options?: AcquireOptions): RateDecision | Promise<RateDecision> {
    if (this.delayMs === 0 || this.clock === undefined) return this.#decide(cost, options);
    const { clock, delayMs } = this;
    return new Promise((resolve) => {
      clock.schedule(delayMs, () => resolve(this.#decide(cost, { ...options, now: clock.now() })));
    });
  }

  refund(cost: number, { grant }: RateDecision): void {
    const given = this.#grants.get(grant);
    if (given === undefined || given.refunded) {
      this.faults.push(given === undefined ? "refunded but never granted" : "refunded twice");
      return;
    }
    given.refunded = true;
    this.refunds += 1;
    this.#limiter.refund(cost, given.decision);
  }

  usage() {
    return this.#limiter.usage({ now: this.clock?.now() ?? 0 });
  }

  reset(): void | Promise<void> {
    return this.#limiter.reset();
  }

  #decide(cost: number, options: AcquireOptions | undefined): RateDecision {
    const decision = this.#limiter.acquire(cost, options);
    if (decision instanceof Promise) throw new Error("a local limiter decides at once");
    if (!decision.allowed) return decision;
    const grant = Symbol("grant");
    this.#grants.set(grant, { decision, refunded: false });
    return { ...decision, grant };
  }
}

/** A stage whose servers each have such a limit for messages. */
export function limitedStage(
  { limit = 5, windowMs = 60_000, delayMs = 0 },
  options: Partial<ManagerOptions> = {},
) {
  const limits = new Map<string, AccountingLimiter>();
  const message = (host: string): RateLimiter => {
    const made = new AccountingLimiter(limit, windowMs, delayMs);
    made.clock = staged.clock;
    limits.set(host, made);
    return made;
  };
  const staged = stage({ limits: serverLimits({ message }), ...options });
  return {
    ...staged,
    /** Exists from the first message to that host on. */
    limitOf(host: string): AccountingLimiter {
      const found = limits.get(host);
      if (found === undefined) throw new Error(`no permit of ${host} was acquired`);
      return found;
    },
    limits,
  };
}
