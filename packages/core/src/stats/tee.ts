import { ignoreRejection } from "../adapter/promise-like.ts";
import type { StatsEvent, StatsSink } from "../ports/stats-sink.ts";

/**
 * One sink out of several: each hears every event, in the order given, also when another one throws.
 *
 * @throws TypeError for something that is no sink.
 */
export function tee(...sinks: readonly StatsSink[]): StatsSink {
  for (const sink of sinks) {
    if (typeof sink?.record !== "function") throw new TypeError("tee: a sink must have a method record");
  }
  return {
    record(event) {
      for (const sink of sinks) recordSafely(sink, event);
    },
  };
}

/** What a sink throws, or rejects with, ends here: observing must not change what is observed. */
export function recordSafely(sink: StatsSink, event: StatsEvent): void {
  try {
    ignoreRejection(sink.record(event));
  } catch {
    // Said above.
  }
}
