import { type Check, checkOptions, checks, shape } from "@outsock/core/options";
import type { Registry } from "@prometheus-io/client";
import { labelNames } from "./metric-table.ts";

export interface PrometheusStatsOptions {
  /**
   * Where the metrics are registered: the registry that your program serves. There is no default, as the library's global registry is
   * not that of `prom-client`, its former name, and metrics in the wrong one are never scraped.
   */
  readonly registry: Registry;
  /** The prefix of every name. Default "outsock_". */
  readonly prefix?: string | undefined;
  /** Upper bounds of the histograms of operations and their phases, in seconds, ascending. Default: 17 from 0.0001 to 30. */
  readonly buckets?: readonly number[] | undefined;
  /** Labels with a fixed value on every metric of this sink, to tell managers apart. Default none. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** How many hosts get a `server` label of their own; later ones are counted as "other". Default 100. */
  readonly maxServers?: number | undefined;
}

/** Options, validated and complete. */
export interface PrometheusSettings {
  readonly registry: Registry;
  readonly prefix: string;
  readonly buckets: readonly number[];
  readonly labels: Readonly<Record<string, string>>;
  readonly maxServers: number;
}

/** A send over an open connection takes microseconds, a cold connect seconds. */
const defaultBuckets = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
] as const;

/** Colons are for recording rules (Prometheus, "Metric and label naming"). */
const name = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

const prefix: Check = (value) =>
  typeof value === "string" && name.test(value)
    ? undefined
    : "must be letters, digits and underscores, and must not begin with a digit";

const buckets: Check = (value) => {
  const bounds: unknown[] = Array.isArray(value) ? value : [];
  const ascend = bounds.every(
    (bound, at) => Number.isFinite(bound) && Number(bound) > (at === 0 ? 0 : Number(bounds[at - 1])),
  );
  return bounds.length > 0 && ascend ? undefined : "must be an array of positive, ascending numbers";
};

const labels: Check = (value) => {
  if (typeof value !== "object" || value === null) return "must be an object of strings";
  for (const [label, content] of Object.entries(value)) {
    // Prometheus reserves names that begin with two underscores.
    if (!name.test(label) || label.startsWith("__"))
      return `has ${label}, which Prometheus does not allow as a label`;
    if (labelNames.includes(label)) return `has ${label}, which is a label of these metrics`;
    if (typeof content !== "string") return `has ${label}, whose value must be a string`;
  }
  return undefined;
};

const known = {
  registry: shape("registerMetric", "getSingleMetric", "metrics"),
  prefix,
  buckets,
  labels,
  maxServers: checks.positiveInteger,
};

/** @throws TypeError for an unknown option, one of the wrong type, or no registry. */
export function resolvePrometheusSettings(options: PrometheusStatsOptions): PrometheusSettings {
  checkOptions("prometheusStats", known, options);
  if (options.registry === undefined) {
    throw new TypeError("prometheusStats: registry is missing; give it the one that your program serves");
  }
  return {
    registry: options.registry,
    prefix: options.prefix ?? "outsock_",
    buckets: [...(options.buckets ?? defaultBuckets)],
    labels: { ...options.labels },
    maxServers: options.maxServers ?? 100,
  };
}
