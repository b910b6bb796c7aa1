import type { Clock } from "@outsock/core";

/** For how many times as long as the first answer took a connection has to stay quiet after it. */
const quietTimes = 2;

/**
 * What a connection has to stand before its second use. A greeting that crosses the first message passes for its reply, and
 * then every reply for that to the question after it. So the time that the first reply took is measured: the real one, which
 * comes later, is waited for that long again, twice.
 */
export class Trial {
  readonly #clock: Clock;
  #askedAtMs: number | undefined;
  #tookMs = 0;
  #quietUntilMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  asked(): void {
    this.#askedAtMs ??= this.#clock.now();
  }

  answered(): void {
    if (this.#askedAtMs === undefined) return;
    this.#tookMs = Math.max(this.#tookMs, this.#clock.now() - this.#askedAtMs);
    this.#askedAtMs = undefined;
  }

  /** The first use is over. */
  begin(nowMs: number): void {
    this.#quietUntilMs = nowMs + quietTimes * this.#tookMs;
  }

  /** For how long it still has to stay quiet. */
  leftMs(nowMs: number): number {
    return Math.max(0, this.#quietUntilMs - nowMs);
  }
}
