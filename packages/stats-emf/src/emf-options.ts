import type { Metrics } from "@aws-lambda-powertools/metrics";
import { type Check, checkOptions, checks, shape } from "@outsock/core/options";
import { reservedNames } from "./metric-lines.ts";

export interface EmfStatsOptions {
  /**
   * Where the metrics go: a `Metrics` of Powertools, preferably one that only this sink uses. Its namespace, service and default
   * dimensions apply to every metric.
   */
  readonly metrics: Metrics;
}

export interface EmfFlushOptions {
  /**
   * Added to every line, to find it in the logs: `{ requestId: context.awsRequestId }`. It is not a dimension. Undefined values are
   * left out.
   */
  readonly metadata?: Readonly<Record<string, string | undefined>> | undefined;
}

const metricsCheck = shape(
  "addMetric",
  "addDimension",
  "addMetadata",
  "hasStoredMetrics",
  "publishStoredMetrics",
);

/** @throws TypeError for an unknown option, one of the wrong type, or no metrics. */
export function resolveMetrics(options: EmfStatsOptions): Metrics {
  checkOptions("emfStats", { metrics: metricsCheck }, options);
  if (options.metrics === undefined) {
    throw new TypeError("emfStats: metrics is missing; give it new Metrics({ namespace, serviceName })");
  }
  return options.metrics;
}

const metadata: Check = (value) => {
  const problem = checks.object(value);
  if (problem !== undefined) return problem;
  for (const [name, content] of Object.entries(Object(value))) {
    if (reservedNames.includes(name)) return `has ${name}, which is a metric or a dimension`;
    if (content !== undefined && typeof content !== "string")
      return `has ${name}, whose value must be a string`;
  }
  return undefined;
};

/** @throws TypeError for an unknown option or one of the wrong type. */
export function checkFlushOptions(options: EmfFlushOptions): void {
  checkOptions("flush", { metadata }, options);
}
