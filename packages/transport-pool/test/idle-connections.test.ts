import { describe, expect, it } from "vitest";
import { poolFixture, url } from "./support/pool-fixture.ts";

describe("idle connections are limited", () => {
  it("per key: the one that has been idle longest is closed", async () => {
    const { open, pool, peers } = poolFixture({ maxIdlePerKey: 2 });
    const users = [await open(), await open(), await open()];
    for (const user of users) {
      await user.ask("x");
      await user.close();
    }
    await peers[0]?.ended;
    expect(pool.getStats()).toMatchObject({ idleCount: 2, discardedCount: 1, discards: { "too-many": 1 } });
  });

  it("in total: the one that has been idle longest is closed, whatever its key", async () => {
    const { use, pool, peers } = poolFixture({ maxIdle: 2 });
    for (const path of ["a", "b", "c"]) await use({ url: url + path });
    await peers[0]?.ended;
    expect(pool.getStats()).toMatchObject({ idleCount: 2, discards: { "too-many": 1 } });
  });

  it("in idle time, by one timer that does not keep the process alive", async () => {
    const { use, pool, clock, peers } = poolFixture({ idleMs: 1_000 });
    await use({ url: `${url}a` });
    await clock.advance(600);
    await use({ url: `${url}b` });
    expect([clock.timers, clock.referencedTimers]).toEqual([1, 0]);
    await clock.advance(400);
    await peers[0]?.ended;
    expect(pool.getStats()).toMatchObject({ idleCount: 1, discards: { "idle-too-long": 1 } });
    await clock.advance(600);
    await peers[1]?.ended;
    expect(pool.getStats()).toMatchObject({ idleCount: 0, discards: { "idle-too-long": 2 } });
    expect(clock.timers).toBe(0);
  });

  it("in age, both when given back and when about to be reused", async () => {
    const { use, open, clock, pool } = poolFixture({ maxAgeMs: 1_000 });
    const user = await open();
    await user.ask("x");
    await clock.advance(1_000);
    await user.close();
    await use();
    clock.freeze(1_000);
    await use();
    expect(pool.getStats()).toMatchObject({ openedCount: 3, reusedCount: 0, discards: { "too-old": 2 } });
  });

  it("by timestamps: after a freeze, what has been idle too long is not reused", async () => {
    const { use, manager, clock, pool } = poolFixture({ idleMs: 60_000 });
    await use({ maxMessageBytes: 1024 * 1024 });
    clock.freeze(300_000);
    expect((await manager.request(url, "thawed")).data?.response).toBe("thawed!");
    expect(pool.getStats()).toMatchObject({ openedCount: 2, discards: { "idle-too-long": 1 } });
  });
});

it("the connection used last is reused first, so that connections that are not needed expire", async () => {
  let connections = 0;
  const { open } = poolFixture(
    {},
    {
      onConnection(peer) {
        connections += 1;
        const name = String(connections);
        peer.onMessage(() => peer.send(name));
      },
    },
  );
  for (let round = 0; round < 2; round += 1) {
    const users = [await open(), await open()];
    for (const user of users) await user.ask("whose?").then(() => user.close());
  }
  const [last, first] = [await open(), await open()];
  expect([await last.ask("whose?"), await first.ask("whose?")]).toEqual(["1", "2"]);
  expect(connections).toBe(2);
});
