import type { Clock } from "../ports/clock.ts";

/** What Node, Bun and Deno give for a timer; in browsers and Workers it is a number. */
interface ReferencedHandle {
  ref(): void;
  unref(): void;
}

/** The runtime's monotonic clock (`performance.now()`) and its timers. */
export const systemClock: Clock = {
  now: () => performance.now(),
  schedule(delayMs, run) {
    const handle = setTimeout(run, delayMs);
    const referenced: Partial<ReferencedHandle> = Object(handle);
    return {
      cancel: () => clearTimeout(handle),
      ref: () => referenced.ref?.(),
      unref: () => referenced.unref?.(),
    };
  },
};
