export type { RedisLimiterOptions } from "./limiter-options.ts";
export type { IoRedisClient, NodeRedisClient, RedisClient } from "./redis-client.ts";
export { type RedisLimiter, type RedisLimiterStats, redisLimiter } from "./redis-limiter.ts";
