import { writeSync } from "node:fs";
import { Cluster as IoCluster } from "ioredis";
import { Cluster as ValkeyCluster } from "iovalkey";
import { createClientPool, createCluster, createSentinel } from "redis";
import { describe, expect, it } from "vitest";
import { redisLimiter } from "../src/index.ts";
import { clients } from "./support/clients.ts";
import { isWithoutRedis, useRedis } from "./support/real-redis.ts";

if (isWithoutRedis) {
  writeSync(
    2,
    "NO REDIS FOUND: tests that need one are skipped (Debian: redis-server, or set REDIS_SERVER)\n",
  );
}

describe.skipIf(isWithoutRedis)("every client", () => {
  const real = useRedis();

  describe.each(clients)("$name", ({ name }) => {
    it("allows calls up to the limit, and returns when to retry", async () => {
      const { limiter } = await real.limiter({ limit: 5, windowMs: 60_000 }, name);
      expect(await limiter.acquire(3)).toMatchObject({
        allowed: true,
        limit: 5,
        remaining: 2,
        source: "remote",
      });
      const refused = await limiter.acquire(3);
      expect(refused).toMatchObject({ allowed: false, remaining: 2, source: "remote" });
      expect(refused.retryAfterMs).toBeGreaterThan(30_000);
      expect(refused.retryAfterMs).toBeLessThanOrEqual(60_000);
      expect(await limiter.acquire(2)).toMatchObject({ allowed: true, remaining: 0 });
    });

    it("loads its script again after the server lost it", async () => {
      const { limiter, command } = await real.limiter({ limit: 5 }, name);
      await limiter.acquire(1);
      await command("SCRIPT", "FLUSH");
      expect(await limiter.acquire(1)).toMatchObject({ allowed: true, remaining: 3, source: "remote" });
      expect(limiter.getStats()).toMatchObject({ batchesCount: 2, unavailableCount: 0 });
    });

    it("clears the limit for all processes on reset", async () => {
      const one = await real.limiter({ limit: 5, windowMs: 60_000 }, name);
      const other = await real.limiter({ limit: 5, windowMs: 60_000, key: one.key }, name);
      await one.limiter.acquire(5);
      expect(await other.limiter.acquire(1)).toMatchObject({ allowed: false });
      await other.limiter.reset();
      expect(await other.limiter.acquire(5)).toMatchObject({ allowed: true });
    });

    it("does not delete a key of another type on reset", async () => {
      const { limiter, key, command } = await real.limiter({}, name);
      await command("SET", key, "precious");
      await expect(limiter.reset()).rejects.toThrow("the limit was not reset");
      expect(await command("GET", key)).toBe("precious");
    });

    it("lets the key expire when the window is over", async () => {
      const { limiter, command, key } = await real.limiter(
        { limit: 5, windowMs: 60_000, leaseMs: 1_000 },
        name,
      );
      await limiter.acquire(1);
      const leftMs = await command("PTTL", key);
      expect(leftMs).toBeGreaterThan(30_000);
      expect(leftMs).toBeLessThanOrEqual(61_000);
    });
  });
});

it("accepts clients of a cluster, of sentinels and of a pool", () => {
  const rootNodes = [{ url: "redis://localhost:1" }];
  const sentinelRootNodes = [{ host: "localhost", port: 1 }];
  const nodes = { lazyConnect: true };
  redisLimiter(createCluster({ rootNodes }), { key: "k" });
  redisLimiter(createSentinel({ name: "one", sentinelRootNodes }), { key: "k" });
  redisLimiter(createClientPool(), { key: "k" });
  redisLimiter(new IoCluster([{ port: 1 }], nodes), { key: "k" });
  redisLimiter(new ValkeyCluster([{ port: 1 }], nodes), { key: "k" });
});

it("rejects anything else as a client", () => {
  for (const client of [undefined, null, {}, { eval() {} }, { evalSha() {} }, "redis://localhost"]) {
    expect(() => Reflect.apply(redisLimiter, undefined, [client, { key: "k" }])).toThrow(TypeError);
  }
});
