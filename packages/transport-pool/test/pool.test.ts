import { describe, expect, it } from "vitest";
import { manualFixture } from "./support/manual-transport.ts";
import { openUser, poolFixture, url } from "./support/pool-fixture.ts";

it("dispose closes idle connections with a closing handshake, and resolves when the peers have answered", async () => {
  const { pool, use, peers, clock } = poolFixture();
  const heard: unknown[] = [];
  await use({ url: `${url}a` });
  await use({ url: `${url}b` });
  for (const peer of peers) peer.onClose((close) => heard.push(close));
  await pool.dispose();
  expect(heard).toEqual([
    { code: 1000, reason: "" },
    { code: 1000, reason: "" },
  ]);
  expect(pool.getStats()).toMatchObject({ idleCount: 0, discards: { disposed: 2 } });
  expect(clock.timers).toBe(0);
});

it("dispose destroys connections whose close is not answered within closeTimeoutMs", async () => {
  const { pool, use, peer, clock } = poolFixture({ closeTimeoutMs: 700 }, { answersClose: false });
  await use();
  let done = false;
  const disposed = pool.dispose().then(() => {
    done = true;
  });
  await clock.advance(699);
  expect(done).toBe(false);
  await clock.advance(1);
  await disposed;
  await peer().ended;
  expect(clock.timers).toBe(0);
});

it("dispose leaves connections in use open, and they are discarded when given back", async () => {
  const { pool, open, peer } = poolFixture();
  const user = await open();
  await pool.dispose();
  expect(await user.ask("still here")).toBe("still here!");
  await user.close(1000);
  await peer().ended;
  expect(pool.getStats()).toMatchObject({ lentCount: 0, idleCount: 0, discards: { disposed: 1 } });
});

it("after dispose, pending and new opens reject with DISPOSED", async () => {
  const { pool, openMany, dials } = manualFixture();
  const [waiting] = openMany(1);
  await pool.dispose();
  expect(await waiting).toMatchObject({ code: "DISPOSED" });
  expect(dials[0]?.state).toBe("aborted");
  expect(await openMany(1)[0]).toMatchObject({ code: "DISPOSED" });
});

it("after dispose, a request fails with DISPOSED", async () => {
  const { pool, manager } = poolFixture();
  await pool.dispose();
  expect((await manager.request(url, "x")).error).toMatchObject({
    code: "DISPOSED",
    sent: "no",
    retryable: false,
  });
});

it("dispose waits for connections that are already closing, on the second call as on the first", async () => {
  const { pool, use, peer, clock } = poolFixture(
    { idleMs: 1_000, closeTimeoutMs: 700 },
    { answersClose: false },
  );
  await use();
  await clock.advance(1_000);
  const order: string[] = [];
  const disposals = [pool.dispose(), pool.dispose()].map((done, at) =>
    done.then(() => order.push(`disposal ${at}`)),
  );
  void peer().ended.then(() => order.push("peer"));
  await clock.advance(700);
  await Promise.all(disposals);
  expect(order.toSorted()).toEqual(["disposal 0", "disposal 1", "peer"]);
  expect(clock.timers).toBe(0);
});

it("dispose is idempotent, and is called at the end of an await using block", async () => {
  const { pool, use } = poolFixture();
  {
    await using owned = pool;
    await use();
    expect(owned.getStats().idleCount).toBe(1);
  }
  await pool.dispose();
  expect(pool.getStats().discards.disposed).toBe(1);
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
    const { use, open, pool } = poolFixture();
    await use({ headers: { authorization: "one" } });
    await open(other).catch(() => undefined);
    expect(pool.getStats().reusedCount).toBe(0);
  });

  it("pools", async () => {
    const one = poolFixture();
    const other = poolFixture();
    await one.use();
    await openUser(other.pool);
    expect(other.pool.getStats()).toMatchObject({ openedCount: 1, reusedCount: 0 });
  });

  it("requests, unless they differ only in the case and order of header names", async () => {
    const { use, pool } = poolFixture();
    const allowAddress = allow;
    await use({ headers: { Cookie: "c", Authorization: "a" }, allowAddress });
    await use({ headers: { authorization: "a", cookie: "c" }, allowAddress });
    expect(pool.getStats()).toMatchObject({ openedCount: 1, reusedCount: 1 });
  });
});
