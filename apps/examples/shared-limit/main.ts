import { findRedis } from "@outsock/test-servers";
import { measureSharedLimit } from "./shared-limit.ts";

if (findRedis() === undefined) {
  console.error(
    "There is no redis-server: install one (Debian: redis-server), or set REDIS_SERVER to its path",
  );
  process.exit(2);
}

const { processes, most, rate } = await measureSharedLimit(4, 5_000);
console.log(`${processes} processes, 300 messages a second for all of them together`);
console.log("the server never counted more than 300 in a second:", most <= 300);
console.log("at least 95 % of the limit was used:", rate >= 0.95 * 300);
if (process.env.FIGURES !== undefined) console.error({ most, rate });
