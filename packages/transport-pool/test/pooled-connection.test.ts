import { describe, expect, it } from "vitest";
import { type Dial, manualFixture } from "./support/manual-transport.ts";

async function opened(options: Parameters<typeof manualFixture>[0] = {}) {
  const the = manualFixture(options);
  const opening = the.openOne();
  const dial = the.dials[0];
  if (dial === undefined) throw new Error("nothing was dialled");
  dial.succeed();
  return { ...the, dial, channel: await opening };
}

describe("an idle connection", () => {
  it("does not keep the process alive; one that is lent, probed or closed at disposal does", async () => {
    const { pool, openOne, dial, channel, clock } = await opened();
    expect(dial.calls).toEqual(["ref"]);
    channel.close();
    expect(dial.calls.splice(0)).toEqual(["ref", "unref"]);
    const again = openOne();
    expect(dial.calls.splice(0)).toEqual(["ref", "ping"]);
    dial.events.pong();
    await again.then((next) => next.close());
    expect(dial.calls.splice(0)).toEqual(["unref", "ref", "unref"]);
    await clock.advance(0);
    await pool.dispose();
    expect(dial.calls.toSorted()).toEqual(["close 1000", "ref"]);
  });

  it("that answers a probe after its call was aborted no longer keeps the process alive", async () => {
    const { openMany, dial, channel, clock } = await opened();
    channel.close();
    const controller = new AbortController();
    const [outcome] = openMany(1, controller.signal);
    controller.abort();
    await outcome;
    dial.calls.length = 0;
    dial.events.pong();
    expect(dial.calls).toEqual(["unref"]);
    await clock.advance(0);
    expect(clock.referencedTimers).toBe(0);
  });

  it("whose close is not answered is destroyed, by a timer that does not keep the process alive", async () => {
    const { pool, dial, channel, clock } = await opened();
    dial.answersClose = false;
    channel.close();
    dial.events.message(Object.create(null));
    expect(dial.calls.splice(0)).toEqual(["ref", "unref", "close 1000"]);
    expect(clock.referencedTimers).toBe(0);
    await clock.advance(2_000);
    expect(dial.calls).toEqual(["terminate"]);
    expect(pool.getStats()).toMatchObject({ discardedCount: 1, discards: { "unsolicited-message": 1 } });
  });
});

describe("a connection is not kept", () => {
  const untidy: readonly (readonly [string, (dial: Dial) => void])[] = [
    ["with bytes that have not left", (dial) => Object.assign(dial, { bufferedAmount: 1 })],
    ["after a send that failed", (dial) => Object.assign(dial, { sendFails: true })],
  ];
  it.each(untidy)("%s", async (_, spoil) => {
    const { pool, dial, channel } = await opened();
    spoil(dial);
    try {
      channel.send("question");
    } catch {
      // As it was spoilt.
    }
    dial.events.message(Object.create(null));
    channel.close();
    expect(pool.getStats()).toMatchObject({ idleCount: 0, discards: { "not-settled": 1 } });
  });
});
