export { otelMetricNames } from "./instruments.ts";
export { type OtelStats, otelStats } from "./otel-stats.ts";
export type { AttributedEvent, OtelStatsOptions } from "./otel-stats-options.ts";
