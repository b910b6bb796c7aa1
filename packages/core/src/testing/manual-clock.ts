import type { Clock, Timer } from "../ports/clock.ts";

/** A clock that moves only when `advance` or `freeze` is called. */
export interface ManualClock extends Clock {
  /**
   * Moves time on, running what falls due on the way, each at its moment, and lets promises settle before, between
   * and after. To be awaited.
   */
  advance(ms: number): Promise<void>;
  /** Time passes as in a frozen process: nothing runs. What fell due meanwhile runs late, at the next `advance`. */
  freeze(ms: number): void;
  /** Timers set and neither run nor cancelled. */
  readonly timers: number;
  /** Of these, the ones that would keep a process alive. */
  readonly referencedTimers: number;
  /** Timers set since the beginning. */
  readonly timersArmed: number;
}

interface ManualTimer extends Timer {
  readonly dueMs: number;
  readonly run: () => void;
  referenced: boolean;
}

/**
 * A manual clock for tests of programs that use a manager.
 *
 * @example
 * const clock = manualClock();
 * const manager = createWebSocketManager({ transport, clock });
 * const pending = manager.receive(connection, { timeoutMs: 5_000 });
 * await clock.advance(5_000);
 * (await pending).error?.code; // "RECEIVE_TIMEOUT"
 */
export function manualClock(startMs = 0): ManualClock {
  return new ManualClockImplementation(startMs);
}

class ManualClockImplementation implements ManualClock {
  #nowMs: number;
  readonly #timers: Set<ManualTimer> = new Set();
  timersArmed = 0;

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  get timers(): number {
    return this.#timers.size;
  }

  get referencedTimers(): number {
    return [...this.#timers].filter((timer) => timer.referenced).length;
  }

  now(): number {
    return this.#nowMs;
  }

  schedule(delayMs: number, run: () => void): Timer {
    this.timersArmed += 1;
    const timers = this.#timers;
    const timer: ManualTimer = {
      dueMs: this.#nowMs + Math.max(0, delayMs),
      run,
      referenced: true,
      cancel: () => timers.delete(timer),
      ref() {
        this.referenced = true;
      },
      unref() {
        this.referenced = false;
      },
    };
    timers.add(timer);
    return timer;
  }

  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settle();
    for (let timer = this.#next(endMs); timer !== undefined; timer = this.#next(endMs)) {
      this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
      this.#timers.delete(timer);
      timer.run();
      await settle();
    }
    this.#nowMs = Math.max(this.#nowMs, endMs);
    await settle();
  }

  freeze(ms: number): void {
    this.#nowMs += ms;
  }

  #next(untilMs: number): ManualTimer | undefined {
    let next: ManualTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs <= untilMs && (next === undefined || timer.dueMs < next.dueMs)) next = timer;
    }
    return next;
  }
}

/** Long enough for chains of promises, without waiting for time. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await undefined;
}
