export type { EmfFlushOptions, EmfStatsOptions } from "./emf-options.ts";
export { type EmfStats, emfStats } from "./emf-stats.ts";
