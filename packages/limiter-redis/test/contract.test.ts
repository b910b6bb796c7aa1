import { manualClock } from "@outsock/core/testing";
import { describeLimiterContract } from "@outsock/limiter-contract";
import { describe, it } from "vitest";
import { redisLimiter } from "../src/index.ts";
import { clients, type TestClient } from "./support/clients.ts";
import { ModelRedis } from "./support/model-redis.ts";
import { isWithoutRedis, useRedis } from "./support/real-redis.ts";
import { timedClient } from "./support/timed-client.ts";

const clock = manualClock(5_000);
const time = {
  now: () => clock.now(),
  wait: (delayMs: number) => clock.advance(delayMs),
};

describe.skipIf(isWithoutRedis)("the script in a real Redis", () => {
  const real = useRedis();
  let keys = 0;
  let latest: TestClient | undefined;
  for (const { name } of clients) {
    describeLimiterContract(
      {
        ...time,
        name: `redisLimiter over ${name}`,
        async createLimiter(options) {
          keys += 1;
          latest = await real.connect(name);
          return redisLimiter(timedClient(latest, clock), { ...options, key: `contract:${keys}`, clock });
        },
        // What is under way, and what goes back in this turn, is answered before time passes.
        async wait(delayMs) {
          await new Promise(setImmediate);
          await latest?.command("PING");
          await time.wait(delayMs);
        },
        // Redis counts in microseconds.
        toleranceMs: 0.002,
      },
      { describe, it },
    );
  }
});

for (const lease of [1, 3]) {
  describeLimiterContract(
    {
      name: `redisLimiter with a lease of ${lease}`,
      createLimiter: (options) => redisLimiter(new ModelRedis(clock), { ...options, key: "k", lease, clock }),
      ...time,
      toleranceMs: lease === 1 ? 0 : 20,
    },
    { describe, it },
  );
}

describeLimiterContract(
  {
    name: "redisLimiter without its Redis",
    createLimiter(options) {
      const redis = new ModelRedis(clock);
      redis.failure = new Error("connection refused");
      const limiter = redisLimiter(redis, {
        ...options,
        key: "k",
        fallbackLimit: options.limit,
        // Else a refusal ends with the next try, as Redis may admit.
        retryMs: 60_000,
        clock,
      });
      return {
        acquire: (cost, how) => limiter.acquire(cost, how),
        refund: (cost, decision) => limiter.refund(cost, decision),
        usage: () => limiter.usage(),
        // It rejects, and has forgotten what it counted itself.
        reset: () => limiter.reset().catch(() => undefined),
      };
    },
    ...time,
  },
  { describe, it },
);
