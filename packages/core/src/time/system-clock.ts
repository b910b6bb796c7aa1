import type { Clock, Timer } from "../ports/clock.ts";

/** What Node, Bun and Deno give for a timer; in browsers and Workers it is a number. */
interface ReferencedHandle {
  ref(): void;
  unref(): void;
}

function isReferenced(handle: unknown): handle is ReferencedHandle {
  return typeof handle === "object" && handle !== null && "ref" in handle && "unref" in handle;
}

class SystemTimer implements Timer {
  readonly #handle: ReturnType<typeof setTimeout>;
  readonly #referenced: ReferencedHandle | undefined;

  constructor(delayMs: number, run: () => void) {
    const handle = setTimeout(run, delayMs);
    this.#handle = handle;
    this.#referenced = isReferenced(handle) ? handle : undefined;
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }
  ref(): void {
    this.#referenced?.ref();
  }
  unref(): void {
    this.#referenced?.unref();
  }
}

/** The runtime's monotonic clock (`performance.now()`) and its timers. */
export const systemClock: Clock = {
  now: () => performance.now(),
  schedule: (delayMs, run) => new SystemTimer(delayMs, run),
};
