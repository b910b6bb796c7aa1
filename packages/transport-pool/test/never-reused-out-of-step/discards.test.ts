import { describe, expect, it } from "vitest";
import type { DiscardReason } from "../../src/index.ts";
import { type PoolFixture, poolFixture, type User, url } from "../support/pool-fixture.ts";

type Story = (user: User, fixture: PoolFixture) => Promise<unknown> | unknown;

const stories: readonly (readonly [what: string, reason: DiscardReason, story: Story])[] = [
  ["has an outstanding reply", "reply-owed", (user) => user.channel.send("silence")],
  [
    "has one of two replies outstanding",
    "reply-owed",
    async (user) => {
      await user.ask("one");
      user.channel.send("silence");
    },
  ],
  [
    "received more messages than were sent",
    "unsolicited-message",
    async (user, { peer }) => {
      await user.ask("one");
      peer().send("news");
      await Promise.resolve();
    },
  ],
  [
    "received a message before one was sent, even if the counts are equal in the end",
    "unsolicited-message",
    async (user, { peer, clock }) => {
      peer().send("greeting");
      await clock.advance(0);
      user.channel.send("silence");
    },
  ],
  [
    "has a ping outstanding",
    "not-settled",
    (user, { peer }) => {
      peer().hold();
      user.channel.ping();
    },
  ],
  ["is paused", "not-settled", (user) => user.channel.pause()],
];

describe("a connection is closed, and never reused, when it", () => {
  it.each(stories)("%s (%s)", async (_, reason, story) => {
    const the = poolFixture();
    const user = await the.open();
    await story(user, the);
    user.channel.close(1000);
    the.peer().release();
    user.channel.resume();
    await the.peer().ended;
    expect(the.pool.getStats()).toMatchObject({ discardedCount: 1, discards: { [reason]: 1 } });
    await the.use();
    expect(the.pool.getStats()).toMatchObject({ openedCount: 2, reusedCount: 0 });
    expect(user.closes).toEqual([{ code: 1000, reason: "", clean: true }]);
  });

  it.each([
    [4001, ""],
    [1000, "bye"],
    [4002, "bye"],
  ])("was closed with %s %j, which reaches the peer", async (code, reason) => {
    const { open, peer, pool } = poolFixture();
    const heard: unknown[] = [];
    const user = await open();
    peer().onClose((close) => heard.push(close));
    await user.ask("one");
    await user.close(code, reason);
    expect(heard).toEqual([{ code, reason }]);
    expect(user.closes).toEqual([{ code, reason, clean: true }]);
    expect(pool.getStats()).toMatchObject({ idleCount: 0, lentCount: 0, discards: { closed: 1 } });
  });

  it("was closed with a code and then without one: the first call counts", async () => {
    const { open, peer, pool } = poolFixture({}, { answersClose: false });
    const user = await open();
    user.channel.close(4001);
    user.channel.close(1000);
    peer().close(4001);
    await peer().ended;
    expect(user.closes).toEqual([{ code: 4001, reason: "", clean: true }]);
    expect(pool.getStats()).toMatchObject({ idleCount: 0, discardedCount: 1 });
  });

  it("was terminated", async () => {
    const { open, peer, pool } = poolFixture();
    const user = await open();
    await user.ask("one");
    user.channel.terminate();
    await peer().ended;
    expect(user.closes).toMatchObject([{ code: 1006, clean: false }]);
    expect(pool.getStats()).toMatchObject({ lentCount: 0, idleCount: 0, discards: { terminated: 1 } });
  });

  it("was ended by the peer, in use or idle", async () => {
    const { open, use, peer, clock, pool } = poolFixture();
    const user = await open();
    peer().close(4000, "maintenance");
    await clock.advance(0);
    expect(user.closes).toMatchObject([{ code: 4000 }]);
    await use();
    peer().drop();
    await clock.advance(0);
    expect(pool.getStats()).toMatchObject({ idleCount: 0, lentCount: 0, discards: { ended: 2 } });
  });

  it("received a message while idle", async () => {
    const { use, peer, clock, pool } = poolFixture();
    await use();
    peer().send("news");
    await clock.advance(0);
    await peer().ended;
    expect(pool.getStats()).toMatchObject({ discardedCount: 1, discards: { "unsolicited-message": 1 } });
    await use();
    expect(pool.getStats()).toMatchObject({ openedCount: 2, reusedCount: 0 });
  });
});

describe("a peer that has sent an unsolicited message", () => {
  it("has no connection reused for maxAgeMs, and then has again", async () => {
    const { use, peer, clock, pool } = poolFixture({ maxAgeMs: 60_000, idleMs: 600_000 });
    await use();
    peer().send("news");
    await clock.advance(0);
    await use();
    await use();
    expect(pool.getStats()).toMatchObject({ openedCount: 3, reusedCount: 0, idleCount: 0 });
    await clock.advance(60_000);
    await use();
    await use();
    expect(pool.getStats()).toMatchObject({ openedCount: 4, reusedCount: 1 });
  });

  it("has its other idle connections closed too, while those of other keys stay", async () => {
    const { open, use, peers, clock, pool } = poolFixture();
    await use({ url: `${url}other` });
    const users = [await open(), await open()];
    for (const user of users) await user.ask("x").then(() => user.close());
    peers[1]?.send("news");
    await clock.advance(0);
    expect(pool.getStats()).toMatchObject({ idleCount: 1, discards: { "unsolicited-message": 2 } });
  });

  it("cannot reach a user who has not sent anything yet: the reused connection ends instead", async () => {
    const { use, open, peer, clock, pool } = poolFixture();
    await use();
    await use();
    const user = await open();
    peer().send("reply to another user");
    await clock.advance(0);
    expect(user.messages).toEqual([]);
    expect(user.closes).toMatchObject([{ code: 1006, clean: false }]);
    expect(pool.getStats()).toMatchObject({
      reusedCount: 2,
      lentCount: 0,
      discards: { "unsolicited-message": 1 },
    });
  });

  it("may greet the first user of a connection", async () => {
    const { open } = poolFixture({}, { onConnection: (peer) => peer.send("hello") });
    const user = await open();
    await user.ask("one");
    expect(user.messages).toEqual(["hello", "one!"]);
  });
});

describe("over a pool, the manager", () => {
  it("terminates after a timeout, so that the late reply reaches nobody", async () => {
    const { manager, clock, peer, pool } = poolFixture();
    const late = manager.request(url, "silence", { timeoutMs: 1_000 });
    await clock.advance(1_000);
    expect((await late).error?.code).toBe("RECEIVE_TIMEOUT");
    peer().send("late");
    expect((await manager.request(url, "next")).data?.response).toBe("next!");
    expect(pool.getStats()).toMatchObject({ openedCount: 2, reusedCount: 0, discards: { terminated: 1 } });
  });

  it("never gets another request's reply from a server that greets", async () => {
    const { manager, pool } = poolFixture({}, { onConnection: (peer) => peer.send("hello") });
    const answers: unknown[] = [];
    for (const question of ["a", "b", "c"]) {
      const match = (message: unknown): boolean => message !== "hello";
      answers.push((await manager.request(url, question, { match })).data?.response);
    }
    expect(answers).toEqual(["a!", "b!", "c!"]);
    expect(pool.getStats()).toMatchObject({ openedCount: 3, reusedCount: 0 });
  });

  it("nor from a server whose greeting crosses the first message and looks like its reply", async () => {
    const { pool, open, peers, clock } = poolFixture();
    const first = await open();
    first.channel.send("silence");
    peers[0]?.send("greeting");
    await clock.advance(0);
    expect(first.messages).toEqual(["greeting"]);
    await first.close();
    // The reply to the first message arrives before the pong that the pool waits for.
    peers[0]?.onPing(() => undefined);
    peers[0]?.send("reply to the first");
    const second = await open();
    expect(await second.ask("two")).toBe("two!");
    expect(pool.getStats()).toMatchObject({ openedCount: 2, discards: { "unsolicited-message": 1 } });
  });
});
