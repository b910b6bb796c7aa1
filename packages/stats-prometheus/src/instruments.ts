import { Counter, Gauge, type GaugeConfiguration, Histogram, type Registry } from "@prometheus-io/client";
import { type MetricName, metricTable } from "./metric-table.ts";
import type { PrometheusSettings } from "./prometheus-options.ts";

/** A request's connection lives for milliseconds, a session's for hours. */
const connectionBuckets = [0.01, 0.1, 1, 10, 60, 300, 900, 1_800, 3_600, 14_400, 43_200, 86_400];
/** A peer may close with any of 2,000 codes. */
const mostCloseCodes = 50;

/** The metrics of one prefix in one registry, shared by all sinks that use them. */
export interface PrometheusInstruments {
  readonly operations: Counter<string>;
  readonly operationErrors: Counter<string>;
  readonly operationDuration: Histogram<string>;
  readonly phaseDuration: Histogram<string>;
  readonly inFlight: ScrapedGauge;
  readonly openConnections: ScrapedGauge;
  readonly connectionsOpened: Counter<string>;
  readonly connectionsClosed: Counter<string>;
  readonly connectionDuration: Histogram<string>;
  readonly messages: Counter<string>;
  readonly messagesDropped: Counter<string>;
  readonly receivedBytes: Counter<string>;
  readonly rateLimited: Counter<string>;
  readonly rateLimitFallbacks: Counter<string>;
  readonly servers: BoundedLabelValues;
  readonly closeCodes: BoundedLabelValues;
}

interface RegisteredInstruments {
  /** The options in which sinks that share them must agree. */
  readonly terms: string;
  readonly instruments: PrometheusInstruments;
}

const registered: WeakMap<Registry, Map<string, RegisteredInstruments>> = new WeakMap();

/**
 * The metrics of a registry: created by the first sink with a prefix, and shared by later ones.
 * @throws TypeError if a later one has other labels or buckets, or if a name is taken by another metric.
 */
export function instrumentsOf(settings: PrometheusSettings): PrometheusInstruments {
  const { registry, prefix, buckets, labels, maxServers } = settings;
  const terms = JSON.stringify([Object.keys(labels).sort(), buckets, maxServers]);
  const ofRegistry = registered.get(registry) ?? new Map<string, RegisteredInstruments>();
  const known = ofRegistry.get(prefix);
  // After `registry.clear()` the registry no longer has them.
  if (known !== undefined && isIn(registry, prefix, known.instruments)) {
    if (known.terms === terms) return known.instruments;
    throw new TypeError(
      `prometheusStats: another sink has registered "${prefix}" with other label names, buckets or maxServers; ` +
        "give both the same, or one of them another prefix or registry",
    );
  }
  const taken = Object.keys(metricTable).find(
    (name) => registry.getSingleMetric(prefix + name) !== undefined,
  );
  if (taken !== undefined) {
    throw new TypeError(
      `prometheusStats: the registry has a metric ${prefix}${taken} that this copy of the package did not register; ` +
        "use another prefix, or share one sink",
    );
  }
  const instruments = create(settings);
  registered.set(registry, ofRegistry.set(prefix, { terms, instruments }));
  return instruments;
}

function isIn(registry: Registry, prefix: string, { operations }: PrometheusInstruments): boolean {
  const name: MetricName = "operations_total";
  const registered: unknown = registry.getSingleMetric(prefix + name);
  return registered === operations;
}

function create({
  registry,
  prefix,
  buckets,
  labels,
  maxServers,
}: PrometheusSettings): PrometheusInstruments {
  const own = Object.keys(labels);
  const configured = (name: MetricName) => ({
    name: prefix + name,
    help: metricTable[name].help,
    labelNames: [...metricTable[name].labels, ...own],
    registers: [registry],
  });
  const counter = (name: MetricName): Counter<string> => new Counter(configured(name));
  const histogram = (name: MetricName, bounds: readonly number[]): Histogram<string> =>
    new Histogram({ ...configured(name), buckets: [...bounds] });
  return {
    operations: counter("operations_total"),
    operationErrors: counter("operation_errors_total"),
    operationDuration: histogram("operation_duration_seconds", buckets),
    phaseDuration: histogram("phase_duration_seconds", buckets),
    inFlight: new ScrapedGauge(configured("operations_in_flight")),
    openConnections: new ScrapedGauge(configured("open_connections")),
    connectionsOpened: counter("connections_opened_total"),
    connectionsClosed: counter("connections_closed_total"),
    connectionDuration: histogram("connection_duration_seconds", connectionBuckets),
    messages: counter("messages_total"),
    messagesDropped: counter("messages_dropped_total"),
    receivedBytes: counter("received_bytes_total"),
    rateLimited: counter("rate_limited_total"),
    rateLimitFallbacks: counter("rate_limit_fallbacks_total"),
    servers: new BoundedLabelValues(maxServers),
    closeCodes: new BoundedLabelValues(mostCloseCodes),
  };
}

/** Replaces every value beyond the limit. */
export const otherLabel = "other";

/** Limits the number of different values of a label, as each one is a time series for the life of the process. */
class BoundedLabelValues {
  readonly #limit: number;
  readonly #known: Set<string> = new Set();

  constructor(limit: number) {
    this.#limit = limit;
  }

  of(value: string): string {
    if (this.#known.has(value)) return value;
    if (this.#known.size >= this.#limit) return otherLabel;
    this.#known.add(value);
    return value;
  }
}

/** The value of a gauge for one set of labels. */
export interface GaugeLevel {
  value: number;
}

/**
 * A gauge that is read at each scrape. Counting is then an addition, and after `registry.resetMetrics()` it shows the real value again;
 * a gauge that only gets the changes would go below zero.
 */
class ScrapedGauge {
  readonly gauge: Gauge<string>;
  readonly #levels: Map<string, GaugeLevel & { readonly labels: Readonly<Record<string, string>> }> =
    new Map();

  constructor(configuration: Pick<GaugeConfiguration<string>, "name" | "help" | "labelNames" | "registers">) {
    this.gauge = new Gauge({ ...configuration, collect: () => this.#report() });
  }

  /** The same object for the same labels. */
  of(labels: Readonly<Record<string, string>>): GaugeLevel {
    const key = JSON.stringify(Object.entries(labels).sort());
    const known = this.#levels.get(key);
    if (known !== undefined) return known;
    const level = { labels, value: 0 };
    this.#levels.set(key, level);
    return level;
  }

  #report(): void {
    for (const { labels, value } of this.#levels.values()) this.gauge.set(labels, value);
  }
}

/** The host of a URL, with the port if the URL has one. Nothing else of a URL may become a label. */
export function hostOf(url: string): string {
  const start = url.indexOf("//") + 2;
  if (start === 1) return "";
  const end = url.slice(start).search(/[/?#]/);
  const authority = end === -1 ? url.slice(start) : url.slice(start, start + end);
  // The events of a manager have no userinfo. Events from elsewhere must not publish a password either.
  return authority.slice(authority.lastIndexOf("@") + 1);
}
