import type { Clock, Timer } from "./ports/clock.ts";

/** Node, Bun and Deno give an object that can be unreferenced; browsers and Workers a number. */
function setReferenced(handle: unknown, method: "ref" | "unref"): void {
  if (typeof handle !== "object" || handle === null || !(method in handle)) return;
  const target: { ref?: () => void; unref?: () => void } = handle;
  target[method]?.();
}

class SystemTimer implements Timer {
  readonly #handle: ReturnType<typeof setTimeout>;

  constructor(delayMs: number, run: () => void) {
    this.#handle = setTimeout(run, delayMs);
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }
  ref(): void {
    setReferenced(this.#handle, "ref");
  }
  unref(): void {
    setReferenced(this.#handle, "unref");
  }
}

/** The runtime's monotonic clock (`performance.now()`) and its timers. */
export const systemClock: Clock = {
  now: () => performance.now(),
  schedule: (delayMs, run) => new SystemTimer(delayMs, run),
};
