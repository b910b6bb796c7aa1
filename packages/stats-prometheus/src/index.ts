export type { PrometheusStatsOptions } from "./prometheus-options.ts";
export { prometheusStats } from "./prometheus-stats.ts";
