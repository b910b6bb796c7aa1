import { describe, expect, it } from "vitest";
import { poolFixture, url } from "./support/pool-fixture.ts";

describe("a channel that is closed", () => {
  it("is reused for the next open of the same address, whose user sees nothing of the previous one", async () => {
    const { pool, open, listener } = poolFixture();
    const first = await open();
    expect(await first.ask("one")).toBe("one!");
    expect(await first.close()).toEqual({ code: 1005, reason: "", clean: true });
    const second = await open();
    expect(await second.ask("two")).toBe("two!");
    expect(await second.close(1000)).toEqual({ code: 1000, reason: "", clean: true });
    expect([first.messages, second.messages]).toEqual([["one!"], ["two!"]]);
    expect(first.closes).toHaveLength(1);
    expect(listener.connectionCount).toBe(1);
    expect(pool.getStats()).toMatchObject({ openedCount: 1, reusedCount: 1, lentCount: 0, idleCount: 1 });
  });

  it("can no longer be used by the one who closed it", async () => {
    const { open } = poolFixture();
    const first = await open();
    await first.ask("one");
    await first.close();
    const second = await open();
    expect(() => first.channel.send("mine")).toThrow(expect.objectContaining({ code: "CONNECTION_CLOSED" }));
    first.channel.pause();
    first.channel.ping();
    first.channel.close(4000);
    first.channel.terminate();
    expect(first.channel.bufferedAmount).toBe(0);
    expect(await second.ask("two")).toBe("two!");
    expect(first.closes).toHaveLength(1);
  });

  it("is reused by the manager's requests", async () => {
    const { manager, listener, pool } = poolFixture();
    for (const question of ["a", "b", "c"]) {
      expect((await manager.request(url, question)).data?.response).toBe(`${question}!`);
    }
    expect(listener.connectionCount).toBe(1);
    expect(manager.getStats()).toMatchObject({ connectionsCount: 3, openConnections: 0, errorsCount: 0 });
    expect(pool.getStats()).toMatchObject({ openedCount: 1, reusedCount: 2 });
  });
});

it("the close event of a closed channel is reported asynchronously, as with a peer's answer", async () => {
  const { open } = poolFixture();
  const user = await open();
  user.channel.close();
  expect(user.closes).toHaveLength(0);
  await Promise.resolve();
  expect(user.closes).toHaveLength(1);
});
