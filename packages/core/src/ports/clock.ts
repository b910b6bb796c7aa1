/** A timer set by {@link Clock.schedule}. After it ran or was cancelled, every method does nothing. */
export interface Timer {
  cancel(): void;
  /** From now on the timer keeps the process alive. A new timer does. */
  ref(): void;
  /** From now on the timer does not keep the process alive. */
  unref(): void;
}

/**
 * Where time comes from. The default, `systemClock`, reads the runtime's monotonic clock; tests pass
 * `manualClock()` from `@outsock/core/testing`.
 */
export interface Clock {
  /** Milliseconds since any fixed moment. Monotonic: it never goes back when the wall clock is set. */
  now(): number;
  /** Calls `run` once, not before `delayMs` milliseconds have passed. It may be late, for instance after a freeze. */
  schedule(delayMs: number, run: () => void): Timer;
}
