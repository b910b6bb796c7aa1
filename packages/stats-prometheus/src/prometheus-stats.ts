import type { CountedName, StatsEvent, StatsSink } from "@outsock/core";
import type { Counter, Histogram } from "@prometheus-io/client";
import {
  type GaugeLevel,
  hostOf,
  instrumentsOf,
  otherLabel,
  type PrometheusInstruments,
} from "./instruments.ts";
import { OperationMetrics } from "./operation-metrics.ts";
import {
  type PrometheusSettings,
  type PrometheusStatsOptions,
  resolvePrometheusSettings,
} from "./prometheus-options.ts";

/**
 * Records what managers do as Prometheus metrics in the given registry. One sink can serve any number of managers, and sinks on one
 * registry share its metrics.
 *
 * No label contains an id, a path, a query or a payload: of a URL only the host is used.
 *
 * @throws TypeError for an unknown option, one of the wrong type, no registry, or a registry in which a name is taken.
 */
export function prometheusStats(options: PrometheusStatsOptions): StatsSink {
  return new PrometheusStats(resolvePrometheusSettings(options));
}

class PrometheusStats implements StatsSink {
  readonly #instruments: PrometheusInstruments;
  readonly #labels: Readonly<Record<string, string>>;
  readonly #operations: Map<CountedName, OperationMetrics> = new Map();
  readonly #servers: Map<string, ServerMetrics> = new Map();
  readonly #sent: Counter.Internal;
  readonly #received: Counter.Internal;
  readonly #receivedBytes: Counter.Internal;
  readonly #dropped: Counter.Internal;
  readonly #fallbacks: Counter.Internal;
  readonly #connectionDuration: Histogram.Internal<string>;

  constructor(settings: PrometheusSettings) {
    this.#labels = settings.labels;
    this.#instruments = instrumentsOf(settings);
    const from0 = (counter: Counter<string>, labels: Readonly<Record<string, string>> = {}) => {
      const child = counter.labels({ ...labels, ...this.#labels });
      child.inc(0);
      return child;
    };
    this.#sent = from0(this.#instruments.messages, { direction: "sent" });
    this.#received = from0(this.#instruments.messages, { direction: "received" });
    this.#receivedBytes = from0(this.#instruments.receivedBytes);
    this.#dropped = from0(this.#instruments.messagesDropped);
    this.#fallbacks = from0(this.#instruments.rateLimitFallbacks);
    this.#connectionDuration = this.#instruments.connectionDuration.labels(this.#labels);
  }

  record(event: StatsEvent): void {
    switch (event.type) {
      case "message-received":
        this.#received.inc();
        this.#receivedBytes.inc(event.byteLength);
        return;
      case "message-sent":
        return this.#sent.inc();
      case "message-dropped":
        return this.#dropped.inc();
      case "operation-called":
        this.#of(event.operation).inFlight.value += 1;
        return;
      case "operation-started":
        if (event.source === "fallback") this.#fallbacks.inc();
        return;
      case "operation-succeeded":
        return this.#ended(event.operation).succeeded(event.durationMs, event.timings);
      case "operation-failed":
        return this.#ended(event.operation).failed(event);
      case "rate-limited":
        if (event.source === "fallback") this.#fallbacks.inc();
        return this.#ended(event.operation).rateLimited(event);
      case "connection-opened":
        return this.#serverOf(event.url).opened();
      case "connection-closed":
        this.#connectionDuration.observe(event.openMs / 1_000);
        return this.#serverOf(event.url).closed(event.code, event.clean);
    }
    // A reset of the manager's statistics resets nothing here: Prometheus takes a counter that falls for a restart of the process.
  }

  #of(operation: CountedName): OperationMetrics {
    const known = this.#operations.get(operation);
    if (known !== undefined) return known;
    const metrics = new OperationMetrics(operation, this.#instruments, this.#labels);
    this.#operations.set(operation, metrics);
    return metrics;
  }

  #ended(operation: CountedName): OperationMetrics {
    const metrics = this.#of(operation);
    metrics.inFlight.value -= 1;
    return metrics;
  }

  #serverOf(url: string): ServerMetrics {
    const host = hostOf(url);
    const server = host === "" ? otherLabel : this.#instruments.servers.of(host);
    const known = this.#servers.get(server);
    if (known !== undefined) return known;
    const metrics = new ServerMetrics(server, this.#instruments, this.#labels);
    this.#servers.set(server, metrics);
    return metrics;
  }
}

/** The metrics of the connections to one server. */
class ServerMetrics {
  readonly #instruments: PrometheusInstruments;
  readonly #labels: Readonly<Record<string, string>>;
  readonly #opened: Counter.Internal;
  readonly #open: GaugeLevel;

  constructor(server: string, instruments: PrometheusInstruments, own: Readonly<Record<string, string>>) {
    this.#instruments = instruments;
    this.#labels = { server, ...own };
    this.#opened = instruments.connectionsOpened.labels(this.#labels);
    this.#open = instruments.openConnections.of(this.#labels);
  }

  opened(): void {
    this.#opened.inc();
    this.#open.value += 1;
  }

  closed(closeCode: number, wasClean: boolean): void {
    const code = this.#instruments.closeCodes.of(String(closeCode));
    this.#instruments.connectionsClosed.inc({ ...this.#labels, code, clean: String(wasClean) });
    this.#open.value -= 1;
  }
}
