import type { Metrics } from "@aws-lambda-powertools/metrics";
import type { Blob } from "./blobs.ts";

/** Writes a line. */
export function publish(metrics: Metrics, { dimensions, metadata, metrics: own }: Blob): void {
  // First what may be refused, as one more than CloudWatch allows, so that nothing of this line is left for the next one.
  for (const [name, value] of Object.entries(dimensions)) metrics.addDimension(name, value);
  for (const [name, value] of Object.entries(metadata)) metrics.addMetadata(name, value);
  for (const { name, unit, values } of own) for (const value of values) metrics.addMetric(name, unit, value);
  metrics.publishStoredMetrics();
}
