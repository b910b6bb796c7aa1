import { type RedisLimiterOptions, redisLimiter } from "@outsock/limiter-redis";
import { findRedis, startRedis } from "@outsock/test-servers";
import { RateLimiterRedis } from "rate-limiter-flexible";
import { createClient } from "redis";
import { alternate, type Contender, ratios, readingsOf } from "../harness/alternate.ts";
import type { ServerAddress } from "../harness/start-server.ts";
import { atMost, type Effort, type Measurement, type Sampled } from "../measurement.ts";

const decisions = 200;
const leases = [1, 10, 50];
const many = { limit: 100_000, windowMs: 100 };
const peer = "rate-limiter-flexible";

/** Requests one permit. True if it was granted. */
type Acquire = () => Promise<boolean>;

/** Limiters shared by all processes, on the same Redis over a local socket. */
export const sharedLimiter: Measurement = {
  id: "shared-limiter",
  processes: 2,
  rows: [
    ...leases.map((lease) => ({
      id: `shared-limiter/lease-${lease}`,
      name: `decisions a second on Redis, lease ${lease}, one after the other, to ${peer}`,
    })),
    {
      id: "shared-limiter/at-once",
      name: `the same with 64 requested at once and lease 1, to ${peer} used the same way`,
    },
    { id: `shared-limiter/${peer}`, name: `decisions a second of ${peer}`, unit: "/s" },
    {
      id: "shared-overshoot",
      name: "the most permits in any second to the limit, requested around an edge of its windows",
      limit: atMost(1, 1),
    },
    { id: `shared-overshoot/${peer}`, name: `the same of ${peer}, which has fixed windows` },
  ],

  async measure(_address: ServerAddress, effort: Effort): Promise<Sampled> {
    if (findRedis() === undefined) {
      const missing = { because: "there is no redis-server" };
      return { samples: Object.fromEntries(this.rows.map(({ id }) => [id, missing])) };
    }
    await using server = await startRedis();
    const redis = createClient({ socket: { path: server.socketPath, tls: false } });
    redis.on("error", () => undefined);
    await redis.connect();
    const ours = (options: Partial<RedisLimiterOptions>): Acquire => {
      const limiter = redisLimiter(redis, { key: `ours-${options.lease ?? 1}-${options.limit}`, ...options });
      return async () => (await limiter.acquire(1)).allowed;
    };
    const theirs = (points: number): Acquire => {
      const limiter = new RateLimiterRedis({
        storeClient: redis,
        useRedisPackage: true,
        points,
        duration: 1,
        keyPrefix: `p${points}`,
      });
      return () =>
        limiter.consume("all").then(
          () => true,
          () => false,
        );
    };
    const readings = await alternate(
      [
        ...leases.map((lease) => oneByOne(`lease-${lease}`, ours({ ...many, lease }))),
        oneByOne(peer, theirs(many.limit)),
        atOnce("at-once", ours({ ...many, limit: many.limit - 1 })),
        atOnce(`${peer} at once`, theirs(many.limit)),
      ],
      effort === "full" ? 40 : 10,
    );
    const samples = {
      ...Object.fromEntries(
        leases.map((lease) => [`shared-limiter/lease-${lease}`, ratios(readings, peer, `lease-${lease}`)]),
      ),
      "shared-limiter/at-once": ratios(readings, `${peer} at once`, "at-once"),
      [`shared-limiter/${peer}`]: readingsOf(readings, peer).map(({ wallNs }) => 1e9 / wallNs),
      "shared-overshoot": [(await mostInASecond(ours({ limit: 300 }))) / 300],
      [`shared-overshoot/${peer}`]: [(await mostInASecond(theirs(300))) / 300],
    };
    redis.destroy();
    return { samples };
  },
};

function oneByOne(name: string, acquire: Acquire): Contender {
  return {
    name,
    operations: decisions,
    async block() {
      for (let i = 0; i < decisions; i += 1) if (!(await acquire())) throw new Error(`${name} rejected`);
    },
  };
}

function atOnce(name: string, acquire: Acquire): Contender {
  return {
    name,
    operations: 10 * 64,
    async block() {
      for (let i = 0; i < 10; i += 1) {
        const all = await Promise.all(Array.from({ length: 64 }, acquire));
        if (all.includes(false)) throw new Error(`${name} rejected`);
      }
    },
  };
}

/** One permit opens a fixed window; the others are requested at its end, and again in the next one. */
async function mostInASecond(acquire: Acquire): Promise<number> {
  const grantedAt: number[] = [];
  const note = async (): Promise<void> => {
    if (await acquire()) grantedAt.push(performance.now());
  };
  await note();
  for (const pauseMs of [900, 150]) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    for (let i = 0; i < 320; i += 1) await note();
  }
  return Math.max(
    ...grantedAt.map((from) => grantedAt.filter((at) => at >= from && at < from + 1_000).length),
  );
}
