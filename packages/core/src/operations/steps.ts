import type { Phase, Timings } from "../ports/stats-sink.ts";

/** What is kept of an operation for a sink: how long its steps took. Without a sink there is none. */
export class Steps {
  readonly timings: Timings = {};
  /** When the last step was over. */
  atMs: number;
  /** What it came to, where that is told later: a request is over when its connection is closed. */
  untold: (() => void) | undefined = undefined;
  held = false;
  readonly #now: () => number;
  readonly #timings: { [Name in Phase]?: number } = this.timings;

  constructor(startedAtMs: number, now: () => number) {
    this.atMs = startedAtMs;
    this.#now = now;
  }

  /** A step is over, and the next one begins. A clock that goes back makes none shorter than nothing. */
  passed(phase: Phase): void {
    const nowMs = Math.max(this.atMs, this.#now());
    this.#timings[phase] = (this.#timings[phase] ?? 0) + nowMs - this.atMs;
    this.atMs = nowMs;
  }

  tell(): void {
    this.held = false;
    const { untold } = this;
    this.untold = undefined;
    untold?.();
  }
}
