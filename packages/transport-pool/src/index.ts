export { type PooledTransport, pooled } from "./pool.ts";
export type { PoolOptions } from "./pool-options.ts";
export type { DiscardReason, PoolStats } from "./pool-stats.ts";
