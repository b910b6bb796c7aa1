export type { PoolOptions } from "./pool-options.ts";
export type { DiscardReason, PoolStats } from "./pool-stats.ts";
export { type PooledTransport, pooled } from "./pooled.ts";
