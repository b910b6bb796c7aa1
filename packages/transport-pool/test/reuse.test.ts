import { describe, expect, it } from "vitest";
import { openUser, scene, url } from "./support/scene.ts";

describe("a channel that is closed", () => {
  it("is lent to the next who opens the same, who knows nothing of its past", async () => {
    const { pool, open, listener } = scene();
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

  it("is out of the hands of the one who closed it", async () => {
    const { open } = scene();
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

  it("is what the manager's requests reuse by themselves", async () => {
    const { manager, listener, pool } = scene();
    for (const question of ["a", "b", "c"]) {
      expect((await manager.request(url, question)).data?.response).toBe(`${question}!`);
    }
    expect(listener.connectionCount).toBe(1);
    expect(manager.getStats()).toMatchObject({ connectionsCount: 3, openConnections: 0, errorsCount: 0 });
    expect(pool.getStats()).toMatchObject({ openedCount: 1, reusedCount: 2 });
  });
});

describe("a connection is not shared between", () => {
  const allow = (): boolean => true;
  it.each([
    ["paths", { url: `${url}other` }],
    ["queries", { url: `${url}?token=2` }],
    ["header values", { headers: { authorization: "two" } }],
    ["sets of headers", { headers: { authorization: "one", cookie: "x" } }],
    ["subprotocols", { headers: { authorization: "one" }, protocols: ["v2"] }],
    ["message limits", { headers: { authorization: "one" }, maxMessageBytes: 999 }],
    ["rules about addresses", { headers: { authorization: "one" }, allowAddress: allow }],
  ])("different %s", async (_, other) => {
    const { use, open, pool } = scene();
    await use({ headers: { authorization: "one" } });
    await open(other).catch(() => undefined);
    expect(pool.getStats().reusedCount).toBe(0);
  });

  it("pools", async () => {
    const one = scene();
    const other = scene();
    await one.use();
    await openUser(other.pool);
    expect(other.pool.getStats()).toMatchObject({ openedCount: 1, reusedCount: 0 });
  });

  it("requests that differ in nothing but the case and the order of header names, is", async () => {
    const { use, pool } = scene();
    const allowAddress = allow;
    await use({ headers: { Cookie: "c", Authorization: "a" }, allowAddress });
    await use({ headers: { authorization: "a", cookie: "c" }, allowAddress });
    expect(pool.getStats()).toMatchObject({ openedCount: 1, reusedCount: 1 });
  });
});

describe("what is kept is limited", () => {
  it("for each key: the one that is idle longest goes", async () => {
    const { open, pool, peers } = scene({ maxIdlePerKey: 2 });
    const users = [await open(), await open(), await open()];
    for (const user of users) {
      await user.ask("x");
      await user.close();
    }
    await peers[0]?.ended;
    expect(pool.getStats()).toMatchObject({ idleCount: 2, discardedCount: 1, discards: { "too-many": 1 } });
  });

  it("in all: the one that is idle longest goes, whatever its key", async () => {
    const { use, pool, peers } = scene({ maxIdle: 2 });
    for (const path of ["a", "b", "c"]) await use({ url: url + path });
    await peers[0]?.ended;
    expect(pool.getStats()).toMatchObject({ idleCount: 2, discards: { "too-many": 1 } });
  });

  it("in idle time, by one timer that does not keep the process alive", async () => {
    const { use, pool, clock, peers } = scene({ idleMs: 1_000 });
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

  it("in age, when it is given back and when it would be lent", async () => {
    const { use, open, clock, pool } = scene({ maxAgeMs: 1_000 });
    const user = await open();
    await user.ask("x");
    await clock.advance(1_000);
    await user.close();
    await use();
    clock.freeze(1_000);
    await use();
    expect(pool.getStats()).toMatchObject({ openedCount: 3, reusedCount: 0, discards: { "too-old": 2 } });
  });

  it("by time stamps: what a frozen process finds idle too long is not lent", async () => {
    const { use, manager, clock, pool } = scene({ idleMs: 60_000 });
    await use({ maxMessageBytes: 1024 * 1024 });
    clock.freeze(300_000);
    expect((await manager.request(url, "thawed")).data?.response).toBe("thawed!");
    expect(pool.getStats()).toMatchObject({ openedCount: 2, discards: { "idle-too-long": 1 } });
  });
});

it("refuses options that it does not know, at once", () => {
  expect(() => scene(Object.fromEntries([["maxIdel", 3]]))).toThrow(TypeError);
  expect(() => scene({ maxIdlePerKey: 0 })).toThrow(TypeError);
  expect(() => scene({ idleMs: -1 })).toThrow(TypeError);
});
