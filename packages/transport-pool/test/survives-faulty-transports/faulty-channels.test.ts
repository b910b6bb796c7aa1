import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Dial, manualFixture } from "../support/manual-transport.ts";

const unhandled: unknown[] = [];
const hear = (reason: unknown): void => void unhandled.push(reason);

beforeEach(() => {
  unhandled.length = 0;
  process.on("unhandledRejection", hear);
});

afterEach(async () => {
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", hear);
  expect(unhandled).toEqual([]);
});

/** A connection that was used once and is idle, over a channel that is about to break. */
async function idleConnection(options: Parameters<typeof manualFixture>[0] = {}) {
  const the = manualFixture(options);
  const opening = the.openOne();
  const dial = the.dials[0];
  if (dial === undefined) throw new Error("nothing was dialled");
  dial.succeed();
  (await opening).close();
  await the.clock.advance(0);
  return { ...the, dial };
}

function breakCalls(dial: Dial, ...names: readonly string[]): void {
  dial.throwing = new Set(names);
}

describe("if the transport's channels throw, the pool", () => {
  it("destroys an idle connection that cannot be closed, and can still be disposed of", async () => {
    const { pool, dial, clock } = await idleConnection();
    breakCalls(dial, "close", "ref", "unref");
    await pool.dispose();
    expect(dial.calls).toContain("terminate");
    expect(pool.getStats()).toMatchObject({ idleCount: 0, keyCount: 0 });
    expect(clock.timers).toBe(0);
  });

  it("is disposed of in time even if a connection can be neither closed nor destroyed", async () => {
    const { pool, dial, clock } = await idleConnection({ closeTimeoutMs: 500 });
    dial.answersClose = false;
    breakCalls(dial, "terminate");
    const disposed = pool.dispose();
    await clock.advance(500);
    await disposed;
    expect(clock.timers).toBe(0);
  });

  it("dials again if the ping throws", async () => {
    const { pool, dial, openMany, dials } = await idleConnection();
    breakCalls(dial, "ping");
    const [outcome] = openMany(1);
    dials[1]?.succeed();
    expect(await outcome).toBe("open");
    expect(pool.getStats()).toMatchObject({ openedCount: 2, lentCount: 1, discards: { "no-pong": 1 } });
  });

  it("takes the connection from its user even if the ping that follows throws", async () => {
    const { openOne, openMany, dials, pool } = manualFixture();
    const opening = openOne();
    dials[0]?.succeed();
    const channel = await opening;
    const [waiting] = openMany(1);
    const [dial] = dials;
    if (dial !== undefined) breakCalls(dial, "ping");
    channel.close();
    expect(() => channel.send("mine")).toThrow(expect.objectContaining({ code: "CONNECTION_CLOSED" }));
    dials[1]?.succeed();
    expect(await waiting).toBe("open");
    expect(pool.getStats()).toMatchObject({ lentCount: 1, discardedCount: 1 });
  });
});

describe("if the transport reports events within a call, the pool", () => {
  it("does not keep a connection that ends while it is given back", async () => {
    const { openOne, dials, pool } = manualFixture();
    const opening = openOne();
    const [dial] = dials;
    dial?.succeed();
    const channel = await opening;
    if (dial !== undefined)
      dial.onCall = (call) => call === "unref" && dial.events.close({ code: 1001, reason: "", clean: true });
    channel.close();
    expect(pool.getStats()).toMatchObject({
      idleCount: 0,
      lentCount: 0,
      keyCount: 0,
      discards: { ended: 1 },
    });
  });

  it("reuses a connection whose pong arrives within the ping", async () => {
    const { dial, openMany, pool } = await idleConnection();
    dial.onCall = (call) => call === "ping" && dial.events.pong();
    expect(await openMany(1)[0]).toBe("open");
    expect(pool.getStats()).toMatchObject({ openedCount: 1, reusedCount: 1 });
  });

  it("dials again when the connection ends within the ping", async () => {
    const { dial, openMany, dials } = await idleConnection();
    dial.onCall = (call) => call === "ping" && dial.events.close({ code: 1006, reason: "", clean: false });
    const [outcome] = openMany(1);
    dials[1]?.succeed();
    expect(await outcome).toBe("open");
  });
});
