import { expect, it } from "vitest";
import { poolFixture, url } from "./support/pool-fixture.ts";

it("a key is forgotten when its last connection is gone", async () => {
  const { pool, use, clock } = poolFixture();
  await use({ url: `${url}a` });
  await use({ url: `${url}b`, headers: { authorization: "secret" } });
  expect(pool.getStats().keyCount).toBe(2);
  await clock.advance(50_000);
  expect(pool.getStats()).toMatchObject({ keyCount: 0, idleCount: 0 });
});
