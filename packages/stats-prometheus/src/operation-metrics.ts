import type { CountedName, Phase, StatsEvent, Timings } from "@outsock/core";
import type { Counter, Histogram } from "@prometheus-io/client";
import type { GaugeLevel, PrometheusInstruments } from "./instruments.ts";

type Labels = Readonly<Record<string, string>>;
type Failed = Extract<StatsEvent, { type: "operation-failed" }>;
type RateLimited = Extract<StatsEvent, { type: "rate-limited" }>;

const phases: readonly Phase[] = ["admission", "connect", "send", "receive", "close"];

/** The metrics of one kind of operation, with their children looked up once. */
export class OperationMetrics {
  readonly inFlight: GaugeLevel;
  readonly #instruments: PrometheusInstruments;
  readonly #labels: Labels;
  readonly #succeeded: Counter.Internal;
  readonly #failed: Counter.Internal;
  readonly #rateLimited: Counter.Internal;
  readonly #duration: Histogram.Internal<string>;
  readonly #phases: { [Name in Phase]?: Histogram.Internal<string> } = {};
  readonly #errors: Map<string, Counter.Internal> = new Map();

  constructor(operation: CountedName, instruments: PrometheusInstruments, own: Labels) {
    this.#instruments = instruments;
    this.#labels = { operation, ...own };
    this.inFlight = instruments.inFlight.of(this.#labels);
    const outcome = (name: string): Counter.Internal => {
      const counter = instruments.operations.labels({ ...this.#labels, outcome: name });
      // If a series began with its first failure, `rate` would not see that failure.
      counter.inc(0);
      return counter;
    };
    this.#succeeded = outcome("succeeded");
    this.#failed = outcome("failed");
    this.#rateLimited = outcome("rate_limited");
    this.#duration = instruments.operationDuration.labels(this.#labels);
  }

  succeeded(durationMs: number, timings: Timings): void {
    this.#succeeded.inc();
    this.#took(durationMs, timings);
  }

  failed({ durationMs, timings, code, phase }: Failed): void {
    this.#failed.inc();
    this.#took(durationMs, timings);
    const key = `${code} ${phase}`;
    let counter = this.#errors.get(key);
    if (counter === undefined) {
      counter = this.#instruments.operationErrors.labels({ ...this.#labels, code, phase });
      this.#errors.set(key, counter);
    }
    counter.inc();
  }

  rateLimited({ source }: RateLimited): void {
    this.#rateLimited.inc();
    this.#instruments.rateLimited.inc({ ...this.#labels, source });
  }

  #took(durationMs: number, timings: Timings): void {
    this.#duration.observe(durationMs / 1_000);
    for (const phase of phases) {
      const tookMs = timings[phase];
      if (tookMs === undefined) continue;
      this.#phases[phase] ??= this.#instruments.phaseDuration.labels({ ...this.#labels, phase });
      this.#phases[phase].observe(tookMs / 1_000);
    }
  }
}
