import type { StatsEvent, StatsSink } from "../ports/stats-sink.ts";
import { ignoreRejection } from "../values.ts";

/**
 * Combines several sinks into one. Each receives every event, in the given order, even if another one throws.
 *
 * @throws TypeError for a value that is not a sink.
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
