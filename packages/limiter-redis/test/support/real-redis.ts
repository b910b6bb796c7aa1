import { findRedis, type RedisServer, startRedis } from "@outsock/test-servers";
import { afterAll, beforeAll } from "vitest";
import { type RedisLimiter, type RedisLimiterOptions, redisLimiter } from "../../src/index.ts";
import { clients, type TestClient } from "./clients.ts";

/** In CI Redis is required. */
export const isWithoutRedis: boolean = findRedis() === undefined && !process.env.CI;

/** A Redis for the tests of one file, and the clients they open. */
export interface RealRedis {
  readonly server: RedisServer;
  connect(name?: string): Promise<TestClient>;
  /** A limiter with a client of its own and, by default, a key of its own. */
  limiter(options?: Partial<RedisLimiterOptions>, name?: string): Promise<RealLimiter>;
}

export interface RealLimiter extends TestClient {
  readonly limiter: RedisLimiter;
  readonly key: string;
}

/** To be called where tests are declared. */
export function useRedis(): RealRedis {
  let running: RedisServer | undefined;
  let keys = 0;
  const open: TestClient[] = [];
  beforeAll(async () => {
    if (!isWithoutRedis) running = await startRedis();
  });
  afterAll(async () => {
    for (const client of open) client.close();
    await running?.close();
  });
  const real: RealRedis = {
    get server() {
      if (running === undefined) throw new Error("the Redis is not running yet");
      return running;
    },
    async connect(name = "redis") {
      const kind = clients.find((one) => one.name === name);
      if (kind === undefined) throw new Error(`no client ${name}`);
      const client = await kind.connect(real.server.socketPath);
      open.push(client);
      return client;
    },
    async limiter(options = {}, name) {
      keys += 1;
      const { key = `test:${keys}` } = options;
      const client = await real.connect(name);
      // Tests of the limit itself must be decided by Redis, even on a slow machine.
      return {
        ...client,
        key,
        limiter: redisLimiter(client.client, { commandTimeoutMs: 2_000, ...options, key }),
      };
    },
  };
  return real;
}
