import type { Metrics } from "@aws-lambda-powertools/metrics";
import type { StatsEvent, StatsSink } from "@outsock/core";
import {
  checkFlushOptions,
  type EmfFlushOptions,
  type EmfStatsOptions,
  resolveMetrics,
} from "./emf-options.ts";
import { Figures } from "./figures.ts";
import { type MetricLine, metricLinesOf } from "./metric-lines.ts";

/** A stats sink that collects metrics and writes them on demand. */
export interface EmfStats extends StatsSink, Disposable {
  /**
   * Writes what happened since the last flush: a line for the totals, one for each kind of operation, one for each error code; none if
   * nothing happened. Metrics that are stored in `metrics` already get a separate line before them.
   *
   * Call it at the end of the handler, in `finally`. Metrics that cannot be written are lost, with one process warning: they are no
   * reason to fail an invocation.
   *
   * @throws TypeError for an unknown option or one of the wrong type.
   */
  flush(options?: EmfFlushOptions): void;
  /** Flushes, for `using`. The sink can still be used afterwards. */
  [Symbol.dispose](): void;
}

/**
 * Collects what managers do and writes it as CloudWatch metrics, through Powertools, in the embedded metric format. One sink can serve
 * any number of managers.
 *
 * @example
 * const stats = emfStats({ metrics: new Metrics({ namespace: "Outsock", serviceName: "orders" }) });
 * export const handler = async (event, context) => {
 *   try {
 *     return await manager.request(url, event);
 *   } finally {
 *     stats.flush({ metadata: { requestId: context.awsRequestId } });
 *   }
 * };
 *
 * @throws TypeError for an unknown option, one of the wrong type, or no `metrics`.
 */
export function emfStats(options: EmfStatsOptions): EmfStats {
  return new EmfStatsImplementation(resolveMetrics(options));
}

class EmfStatsImplementation implements EmfStats {
  readonly #metrics: Metrics;
  #figures: Figures = new Figures();
  #openConnections = 0;
  #warned = false;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  record(event: StatsEvent): void {
    const figures = this.#figures;
    switch (event.type) {
      case "message-sent":
        figures.messagesSent += 1;
        break;
      case "message-received":
        figures.messagesReceived += 1;
        figures.receivedBytes += event.byteLength;
        break;
      case "message-dropped":
        figures.messagesDropped += 1;
        break;
      case "operation-started":
        if (event.source !== "fallback") return;
        figures.rateLimitFallbacks += 1;
        break;
      case "rate-limited":
        if (event.source === "fallback") figures.rateLimitFallbacks += 1;
        figures.ended(event);
        break;
      case "operation-succeeded":
      case "operation-failed":
        figures.ended(event);
        break;
      case "connection-opened":
        figures.connectionsOpened += 1;
        this.#openConnections += 1;
        break;
      case "connection-closed":
        figures.connectionsClosed += 1;
        this.#openConnections -= 1;
        break;
      default:
        // A call that has not ended, and the manager's reset, are not counted.
        return;
    }
    figures.any = true;
  }

  flush(options: EmfFlushOptions = {}): void {
    checkFlushOptions(options);
    const figures = this.#figures;
    this.#figures = new Figures();
    // They have their own dimensions, which must not get into our lines, nor ours into theirs.
    this.#attempt(() => this.#metrics.hasStoredMetrics() && this.#metrics.publishStoredMetrics());
    if (!figures.any && this.#openConnections === 0) return;
    const given = present(options.metadata ?? {});
    for (const line of metricLinesOf(figures, this.#openConnections))
      this.#attempt(() => publish(this.#metrics, { ...line, metadata: { ...given, ...line.metadata } }));
  }

  [Symbol.dispose](): void {
    this.flush();
  }

  #attempt(write: () => unknown): void {
    try {
      write();
    } catch (error) {
      if (this.#warned) return;
      this.#warned = true;
      const problem = error instanceof Error ? error.message : String(error);
      process.emitWarning(`emfStats could not write its metrics: ${problem}`, { code: "OUTSOCK_EMF" });
    }
  }
}

function present(metadata: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries = Object.entries(metadata);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function publish(metrics: Metrics, { dimensions, metadata, metrics: own }: MetricLine): void {
  // First what may be refused, such as more dimensions than CloudWatch allows, so that nothing of this line remains for the next one.
  for (const [name, value] of Object.entries(dimensions)) metrics.addDimension(name, value);
  for (const [name, value] of Object.entries(metadata)) metrics.addMetadata(name, value);
  for (const { name, unit, values } of own) for (const value of values) metrics.addMetric(name, unit, value);
  metrics.publishStoredMetrics();
}
