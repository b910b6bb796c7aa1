import type { RateDecision, RateLimiter } from "@outsock/core";

const granted = { allowed: true, limit: 1_000, remaining: 1_000, resetAfterMs: 0, source: "local" } as const;

/** A limiter that grants everything: at once, or while `slow` when the test calls `grantFirst` or `grantAll`. */
export class SlowLimiter implements RateLimiter {
  slow = false;
  granted = 0;
  readonly #waiting: (() => void)[] = [];

  acquire(): RateDecision | Promise<RateDecision> {
    if (!this.slow) {
      this.granted += 1;
      return granted;
    }
    return new Promise((resolve) => this.#waiting.push(() => resolve(granted)));
  }

  get asked(): number {
    return this.#waiting.length;
  }

  grantFirst(): void {
    this.#waiting.shift()?.();
  }

  grantAll(): void {
    for (const grant of this.#waiting.splice(0)) grant();
  }

  refund(): void {}

  usage() {
    return { used: 0, limit: 1_000, windowMs: 1_000 };
  }

  reset(): void {}
}
