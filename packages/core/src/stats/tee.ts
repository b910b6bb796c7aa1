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
      for (const sink of sinks) tell(sink, event);
    },
  };
}

/** What a sink throws, or promises and breaks, ends here: watching must not change what is watched. */
export function tell(sink: StatsSink, event: StatsEvent): void {
  try {
    ignoreRejection(sink.record(event));
  } catch {
    // Said above.
  }
}
