import { isObject } from "../options/checks.ts";
import type { Clock } from "../ports/clock.ts";

/** What Node, Bun and Deno give for a timer; in browsers and Workers it is a number. */
interface ReferencedHandle {
  ref(): void;
  unref(): void;
}

function isReferenced(handle: unknown): handle is ReferencedHandle {
  return isObject(handle) && "ref" in handle && "unref" in handle;
}

/** The runtime's monotonic clock (`performance.now()`) and its timers. */
export const systemClock: Clock = {
  now: () => performance.now(),
  schedule(delayMs, run) {
    const handle = setTimeout(run, delayMs);
    const referenced = isReferenced(handle) ? handle : undefined;
    return {
      cancel: () => clearTimeout(handle),
      ref: () => referenced?.ref(),
      unref: () => referenced?.unref(),
    };
  },
};
