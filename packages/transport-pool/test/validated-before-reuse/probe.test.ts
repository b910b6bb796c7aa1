import { describe, expect, it } from "vitest";
import { pooled } from "../../src/index.ts";
import { openUser, poolFixture, url } from "../support/pool-fixture.ts";

const pingless = { onConnection: () => undefined, answersPing: false };

describe("before a connection is reused", () => {
  it("it answers a ping once, and again only after a long pause", async () => {
    const { use, peer, clock, pool } = poolFixture({ revalidateAfterMs: 5_000 });
    let pings = 0;
    await use();
    peer().onPing(() => {
      pings += 1;
    });
    await use();
    expect(pings).toBe(1);
    await clock.advance(4_999);
    await use();
    expect(pings).toBe(1);
    await clock.advance(5_000);
    await use();
    expect(pings).toBe(2);
    expect(pool.getStats()).toMatchObject({ openedCount: 1, reusedCount: 3 });
  });

  it("with revalidateAfterMs: 0 it answers a ping each time", async () => {
    const { use, peer, pool } = poolFixture({ revalidateAfterMs: 0 });
    let pings = 0;
    await use();
    peer().onPing(() => {
      pings += 1;
    });
    await use();
    await use();
    expect(pings).toBe(2);
    expect(pool.getStats()).toMatchObject({ openedCount: 1, reusedCount: 2 });
  });

  it("an older connection that needs no probe is preferred to a newer one that does", async () => {
    const { use, open, pool, peers } = poolFixture();
    await use();
    await use();
    const [proven, fresh] = [await open(), await open()];
    await proven.ask("x");
    await fresh.ask("x");
    await proven.close();
    await fresh.close();
    let pings = 0;
    for (const peer of peers) {
      peer.onPing(() => {
        pings += 1;
      });
    }
    await use();
    expect([pings, pool.getStats().openedCount]).toEqual([0, 2]);
  });
});

describe("a process that was frozen", () => {
  it("and whose peer has closed meanwhile dials again, and its request succeeds", async () => {
    const { manager, peer, clock, pool } = poolFixture({ idleMs: 3_600_000 });
    await manager.request(url, "before");
    peer().drop();
    clock.freeze(300_000);
    expect(await manager.request(url, "after")).toMatchObject({
      success: true,
      data: { response: "after!" },
    });
    expect(pool.getStats()).toMatchObject({ openedCount: 2, discards: { ended: 1 } });
  });

  it("and whose peer is silent dials alongside the probe after 250 ms", async () => {
    const { manager, clock, pool } = poolFixture({ idleMs: 3_600_000, probeTimeoutMs: 1_000 }, pingless);
    await manager.request(url, "before");
    clock.freeze(300_000);
    const after = manager.request(url, "after", { timeoutMs: 2_000 });
    await clock.advance(249);
    expect(pool.getStats().openedCount).toBe(1);
    await clock.advance(1);
    expect((await after).data?.response).toBe("after!");
    await clock.advance(750);
    expect(pool.getStats()).toMatchObject({ openedCount: 2, idleCount: 1, discards: { "no-pong": 1 } });
    expect(clock.referencedTimers).toBe(0);
  });

  it("discards all idle connections of a key when one does not answer its probe", async () => {
    const { open, use, clock, pool } = poolFixture({ idleMs: 3_600_000 }, pingless);
    for (const user of [await open(), await open(), await open()]) {
      await user.ask("x");
      await user.close();
    }
    clock.freeze(300_000);
    const after = use();
    await clock.advance(1_000);
    await after;
    expect(pool.getStats()).toMatchObject({ openedCount: 4, idleCount: 1, discards: { "no-pong": 3 } });
  });

  it("uses the connection that answers late, if it is still the first available", async () => {
    const { use, peer, clock, pool } = poolFixture({ idleMs: 3_600_000 });
    await use();
    clock.freeze(300_000);
    peer().hold();
    const after = use();
    await clock.advance(200);
    peer().release();
    await after;
    expect(pool.getStats()).toMatchObject({ openedCount: 1, reusedCount: 1 });
    expect(clock.referencedTimers).toBe(0);
  });

  it("stops waiting when the caller's signal is aborted, and keeps the connection", async () => {
    const { open, use, peer, clock, pool } = poolFixture({ idleMs: 3_600_000 });
    await use();
    clock.freeze(300_000);
    peer().hold();
    const controller = new AbortController();
    const waiting = open({ signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: "ABORTED" });
    peer().release();
    await clock.advance(0);
    expect(pool.getStats()).toMatchObject({ openedCount: 1, idleCount: 1, lentCount: 0 });
  });
});

describe("a greeting that looks like the reply to the first message", () => {
  it.each([
    [15, 40],
    [2, 5],
    [20, 21],
  ])(
    "after %s ms, with the reply after %s ms, gives no user another user's reply",
    async (greetMs, replyMs) => {
      const { pool, open, peer, clock } = poolFixture();
      const first = await open();
      first.channel.send("silence");
      await clock.advance(greetMs);
      peer().send("greeting");
      await clock.advance(0);
      await first.close();
      const second = open();
      await clock.advance(replyMs - greetMs);
      peer(0).send("reply to the first");
      await clock.advance(250);
      expect(await (await second).ask("two")).toBe("two!");
      expect(pool.getStats()).toMatchObject({ reusedCount: 0, discards: { "unsolicited-message": 1 } });
    },
  );
});

it("before its second use, a connection has to stay quiet for twice the time of its first reply", async () => {
  const { pool, open, peer, clock } = poolFixture();
  const first = await open();
  first.channel.send("silence");
  await clock.advance(50);
  peer().send("reply");
  await clock.advance(0);
  await first.close();
  const second = open();
  await clock.advance(99);
  expect(pool.getStats()).toMatchObject({ lentCount: 0, idleCount: 1 });
  await clock.advance(1);
  await second;
  expect(pool.getStats()).toMatchObject({ lentCount: 1, openedCount: 1, reusedCount: 1 });
  expect(clock.referencedTimers).toBe(0);
});

describe("over a transport that cannot ping", () => {
  const dumb = (the: ReturnType<typeof poolFixture>) => {
    const { transport } = the;
    const { clock } = the;
    const capabilities = { ...transport.capabilities, ping: false };
    return pooled({ ...transport, capabilities }, { clock });
  };

  it("a connection is reused after a short pause, and never after a long one", async () => {
    const the = poolFixture();
    const pool = dumb(the);
    const use = async (): Promise<void> => {
      const user = await openUser(pool);
      await user.ask("x");
      await user.close();
    };
    await use();
    await use();
    expect(pool.getStats()).toMatchObject({ openedCount: 1, reusedCount: 1 });
    await the.clock.advance(5_000);
    await use();
    expect(pool.getStats()).toMatchObject({ openedCount: 2, discards: { "no-pong": 1 } });
  });
});
