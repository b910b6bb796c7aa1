import type { RateLimiter } from "@outsock/core";
import { Limiter } from "./limiter.ts";
import { type RedisLimiterOptions, resolveLimiterSettings } from "./limiter-options.ts";
import type { RedisLimiterStats } from "./limiter-stats.ts";
import { type RedisClient, scriptsOf } from "./redis-client.ts";

/** A rate limit that processes share. */
export interface RedisLimiter extends RateLimiter {
  /**
   * Forgets everything counted so far, **of every process** that uses the key: they may all use the whole limit again at once. What is
   * kept in this process is forgotten even where Redis does not answer within `commandTimeoutMs`; the promise rejects then.
   */
  reset(): Promise<void>;
  getStats(): RedisLimiterStats;
}

/**
 * An exact sliding window in Redis or Valkey, shared by everybody who uses the same key with the same options: in no half-open window of
 * `windowMs` on the server's clock are more than `limit` permits given. Asks made while one is under way go together, in their
 * order. With a `lease`, each trip takes some permits more, and those are given at once and without a promise.
 *
 * It never rejects for Redis' sake: where that does not answer within `commandTimeoutMs`, `onUnavailable` decides, and the decision's
 * `source` is "fallback". Only an aborted signal rejects, with its reason. The client stays yours: connect it, listen to its
 * errors, close it. The limiter keeps no process alive but while somebody waits for a decision.
 *
 * @throws TypeError for a client without methods for scripts, an unknown option, one of the wrong type, and options that do not fit
 * together.
 *
 * @example
 * const client = await createClient({ url: "redis://localhost" }).on("error", report).connect();
 * const rateLimiter = redisLimiter(client, { key: "outsock:limit", limit: 300 });
 * const manager = createWebSocketManager({ transport: wsTransport(), rateLimiter });
 */
export function redisLimiter(client: RedisClient, options: RedisLimiterOptions): RedisLimiter {
  const run = scriptsOf(client);
  return new Limiter(run, resolveLimiterSettings(options));
}
