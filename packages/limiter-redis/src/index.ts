export type { RedisLimiterOptions } from "./limiter-options.ts";
export type { RedisLimiterStats } from "./limiter-stats.ts";
export type { IoRedisClient, NodeRedisClient, RedisClient } from "./redis-client.ts";
export { type RedisLimiter, redisLimiter } from "./redis-limiter.ts";
