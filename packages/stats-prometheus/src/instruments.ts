import { Counter, Histogram, type Registry } from "@prometheus-io/client";
import { BoundedLabels } from "./bounded-labels.ts";
import { Levels } from "./levels.ts";
import { type MetricName, metricTable } from "./metric-table.ts";
import type { PrometheusSettings } from "./prometheus-options.ts";

/** A request's connection lives for milliseconds, a session's for hours. */
const connectionBuckets = [0.01, 0.1, 1, 10, 60, 300, 900, 1_800, 3_600, 14_400, 43_200, 86_400];
/** A peer may close with any of 2,000 codes of its own choice. */
const mostCloseCodes = 50;

/** The metrics of one prefix in one registry, and what is counted over all sinks that share them. */
export interface Instruments {
  readonly operations: Counter<string>;
  readonly operationErrors: Counter<string>;
  readonly operationDuration: Histogram<string>;
  readonly phaseDuration: Histogram<string>;
  readonly inFlight: Levels;
  readonly openConnections: Levels;
  readonly connectionsOpened: Counter<string>;
  readonly connectionsClosed: Counter<string>;
  readonly connectionDuration: Histogram<string>;
  readonly messages: Counter<string>;
  readonly messagesDropped: Counter<string>;
  readonly receivedBytes: Counter<string>;
  readonly rateLimited: Counter<string>;
  readonly rateLimitFallbacks: Counter<string>;
  readonly servers: BoundedLabels;
  readonly closeCodes: BoundedLabels;
}

interface Made {
  /** What another sink has to agree on. */
  readonly terms: string;
  readonly instruments: Instruments;
}

const made: WeakMap<Registry, Map<string, Made>> = new WeakMap();

/**
 * The metrics of a registry: made by the first sink with that prefix, and shared by the next ones.
 * @throws TypeError where the next one wants other labels or buckets, or somebody else has one of the names.
 */
export function instrumentsOf(settings: PrometheusSettings): Instruments {
  const { registry, prefix, buckets, labels, maxServers } = settings;
  const terms = JSON.stringify([Object.keys(labels).sort(), buckets, maxServers]);
  const ofRegistry = made.get(registry) ?? new Map<string, Made>();
  const known = ofRegistry.get(prefix);
  // After `registry.clear()` they are no longer in it.
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
      `prometheusStats: the registry has a metric ${prefix}${taken} that is not of this package (or of another copy of it); ` +
        "give another prefix, or share one sink",
    );
  }
  const instruments = create(settings);
  made.set(registry, ofRegistry.set(prefix, { terms, instruments }));
  return instruments;
}

function isIn(registry: Registry, prefix: string, { operations }: Instruments): boolean {
  const name: MetricName = "operations_total";
  const registered: unknown = registry.getSingleMetric(prefix + name);
  return registered === operations;
}

function create({ registry, prefix, buckets, labels, maxServers }: PrometheusSettings): Instruments {
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
    inFlight: new Levels(configured("operations_in_flight")),
    openConnections: new Levels(configured("open_connections")),
    connectionsOpened: counter("connections_opened_total"),
    connectionsClosed: counter("connections_closed_total"),
    connectionDuration: histogram("connection_duration_seconds", connectionBuckets),
    messages: counter("messages_total"),
    messagesDropped: counter("messages_dropped_total"),
    receivedBytes: counter("received_bytes_total"),
    rateLimited: counter("rate_limited_total"),
    rateLimitFallbacks: counter("rate_limit_fallbacks_total"),
    servers: new BoundedLabels(maxServers),
    closeCodes: new BoundedLabels(mostCloseCodes),
  };
}
