import type { Clock, Timer } from "@outsock/core";
import type { TimerName } from "./state.ts";

/**
 * The two timers of a lifecycle. The next attempt keeps the process alive, as the lost connection did; a rotation does not need
 * to, as its connection does.
 */
export class LifecycleTimers {
  readonly #clock: Clock;
  readonly #fire: (timer: TimerName) => void;
  readonly #timers: Map<TimerName, Timer> = new Map();

  constructor(clock: Clock, fire: (timer: TimerName) => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  set(name: TimerName, delayMs: number): void {
    this.clear(name);
    const timer = this.#clock.schedule(delayMs, () => {
      this.#timers.delete(name);
      this.#fire(name);
    });
    if (name === "rotation") timer.unref();
    this.#timers.set(name, timer);
  }

  clear(name: TimerName): void {
    this.#timers.get(name)?.cancel();
    this.#timers.delete(name);
  }
}
