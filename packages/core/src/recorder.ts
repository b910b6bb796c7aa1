import type { StatsEvent, StatsSink } from "./ports/stats-sink.ts";
import { ignoreRejection } from "./promise-like.ts";
import { Statistics } from "./statistics.ts";

/** Hands every event to the counters and to the caller's sink, whose failures end here. */
export class Recorder implements StatsSink {
  readonly statistics: Statistics = new Statistics();
  readonly #sink: StatsSink | undefined;

  constructor(sink: StatsSink | undefined) {
    this.#sink = sink;
  }

  record(event: StatsEvent): void {
    this.statistics.record(event);
    if (this.#sink === undefined) return;
    try {
      ignoreRejection(this.#sink.record(event));
    } catch {
      // Watching must not change what is watched.
    }
  }
}
