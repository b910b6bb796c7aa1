import { TransportError } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { manualFixture } from "./support/manual-transport.ts";

/** An acquire after a long pause: the idle connection is being probed, and another one is being dialled. */
async function probeAndDial() {
  const { openOne, openMany, dials, clock, pool } = manualFixture({ idleMs: 3_600_000 });
  const first = openOne();
  dials[0]?.succeed();
  (await first).close();
  clock.freeze(300_000);
  const [outcome] = openMany(1);
  await clock.advance(250);
  return { outcome, dials, clock, pool };
}

describe("a cold key is dialled", () => {
  it("one at a time at first, and with more dials at once after every success", async () => {
    const { openMany, dials, clock } = manualFixture();
    openMany(30);
    expect(dials).toHaveLength(1);
    dials[0]?.succeed();
    await clock.advance(0);
    const underWay = (): number => dials.filter((dial) => dial.state === "under way").length;
    const afterOne = underWay();
    dials[1]?.succeed();
    await clock.advance(0);
    expect(afterOne).toBeGreaterThan(1);
    expect(underWay()).toBeGreaterThan(afterOne);
  });

  it("once for all pending acquires if the peer is down: they fail together with the same error", async () => {
    const { openMany, dials, clock } = manualFixture();
    const outcomes = openMany(200);
    dials[0]?.fail(new TransportError("HANDSHAKE_REJECTED", "no", { status: 503, retryAfterMs: 5 }));
    await clock.advance(0);
    for (const outcome of await Promise.all(outcomes)) {
      expect(outcome).toMatchObject({ code: "HANDSHAKE_REJECTED", status: 503, retryAfterMs: 5 });
    }
    expect(dials).toHaveLength(1);
  });

  it("again for acquires that were added long after the failed dial started", async () => {
    const { openMany, dials, clock } = manualFixture();
    const [early] = openMany(1);
    await clock.advance(200);
    const [late] = openMany(1);
    clock.freeze(100);
    const [latest] = openMany(1);
    dials[0]?.fail(new TransportError("CONNECT_FAILED", "no"));
    await clock.advance(0);
    expect(await early).toMatchObject({ code: "CONNECT_FAILED" });
    expect(await late).toMatchObject({ code: "CONNECT_FAILED" });
    dials[1]?.succeed();
    expect(await latest).toBe("open");
  });

  it("for each acquire separately once the peer has answered: a failed dial fails one of them", async () => {
    const { openMany, openOne, dials, clock } = manualFixture();
    const first = openOne();
    dials[0]?.succeed();
    await first;
    const outcomes = openMany(3);
    dials[1]?.fail(new TransportError("CONNECT_FAILED", "no"));
    await clock.advance(0);
    expect(await outcomes[0]).toMatchObject({ code: "CONNECT_FAILED" });
    for (const dial of dials) if (dial.state === "under way") dial.succeed();
    await clock.advance(250);
    for (const dial of dials) if (dial.state === "under way") dial.succeed();
    expect(await Promise.all(outcomes.slice(1))).toEqual(["open", "open"]);
  });

  it("with fewer dials at once after a failure", async () => {
    const { openMany, openOne, dials, clock } = manualFixture();
    const first = openOne();
    dials[0]?.succeed();
    await first;
    openMany(10);
    const before = dials.length;
    expect(before).toBeGreaterThan(2);
    dials[1]?.fail(new TransportError("CONNECT_FAILED", "no"));
    await clock.advance(0);
    expect(dials).toHaveLength(before);
  });

  it("with more dials at once if dials take long", async () => {
    const { openMany, dials, clock } = manualFixture();
    openMany(30);
    await clock.advance(250);
    const soon = dials.length;
    await clock.advance(250);
    expect(soon).toBeGreaterThan(2);
    expect(dials.length).toBeGreaterThan(2 * soon);
  });

  it("alongside a probe, whose answer still serves the acquire when the dial fails", async () => {
    const { outcome, dials, clock, pool } = await probeAndDial();
    dials[1]?.fail(new TransportError("CONNECT_FAILED", "the network is not up yet"));
    await clock.advance(100);
    dials[0]?.events.pong();
    expect(await outcome).toBe("open");
    expect(pool.getStats()).toMatchObject({ openedCount: 1, reusedCount: 1 });
  });

  it("alongside a probe, and the acquire fails with the dial's error when the probe is not answered either", async () => {
    const { outcome, dials, clock } = await probeAndDial();
    dials[1]?.fail(new TransportError("CONNECT_FAILED", "no network"));
    await clock.advance(750);
    expect(await outcome).toMatchObject({ code: "CONNECT_FAILED" });
    expect(dials).toHaveLength(2);
    expect(clock.referencedTimers).toBe(0);
  });

  it("a second time if the first dial takes long", async () => {
    const { openMany, dials, clock } = manualFixture();
    const [first, second] = openMany(2);
    await clock.advance(249);
    expect(dials).toHaveLength(1);
    await clock.advance(1);
    expect(dials).toHaveLength(2);
    dials[1]?.succeed();
    expect(await first).toBe("open");
    dials[0]?.succeed();
    expect(await second).toBe("open");
    expect(clock.referencedTimers).toBe(0);
  });

  it("no more than needed: a connection given back meanwhile serves the pending acquire", async () => {
    const { pool, openMany, openOne, dials, clock } = manualFixture();
    const first = openOne();
    dials[0]?.succeed();
    const channel = await first;
    const waiting = openMany(1);
    expect(dials).toHaveLength(2);
    channel.close();
    await clock.advance(0);
    dials[0]?.events.pong();
    expect(await Promise.all(waiting)).toEqual(["open"]);
    expect(dials[1]?.state).toBe("aborted");
    expect(pool.getStats()).toMatchObject({ openedCount: 1, reusedCount: 1 });
  });
});

it("a transport that throws synchronously fails the open, and the next open dials again", async () => {
  const { openMany, dials, failures } = manualFixture();
  failures.push(new TypeError("broken"));
  expect(await openMany(1)[0]).toBeInstanceOf(TypeError);
  const [next] = openMany(1);
  dials[0]?.succeed();
  expect(await next).toBe("open");
});

describe("a channel that opens after its acquire was aborted", () => {
  it("is closed, and keeps neither the process alive nor the key", async () => {
    const { openMany, dials, clock, pool } = manualFixture({ deaf: true });
    const controller = new AbortController();
    const [outcome] = openMany(1, controller.signal);
    controller.abort();
    await outcome;
    dials[0]?.succeed();
    await clock.advance(0);
    expect(dials[0]?.calls).toEqual(["close 1000"]);
    expect(pool.getStats()).toMatchObject({
      idleCount: 0,
      lentCount: 0,
      keyCount: 0,
      discards: { unneeded: 1 },
    });
    expect(clock.timers).toBe(0);
  });

  it("is closed even if the pool has been disposed of", async () => {
    const { openMany, dials, clock, pool } = manualFixture({ deaf: true });
    const [outcome] = openMany(1);
    const disposed = pool.dispose();
    dials[0]?.succeed();
    await disposed;
    expect(await outcome).toMatchObject({ code: "DISPOSED" });
    await clock.advance(0);
    expect(dials[0]?.calls).toEqual(["close 1000"]);
    expect(pool.getStats()).toMatchObject({ idleCount: 0, keyCount: 0 });
  });

  it("does not affect later acquires of the same address", async () => {
    const { openMany, dials, clock, pool } = manualFixture({ deaf: true });
    const controller = new AbortController();
    const [gone] = openMany(1, controller.signal);
    controller.abort();
    await gone;
    const [waiting] = openMany(1);
    dials[0]?.succeed();
    await clock.advance(0);
    expect(pool.getStats().keyCount).toBe(1);
    dials[1]?.succeed();
    expect(await waiting).toBe("open");
    await pool.dispose();
  });
});

it("what the caller changes after open affects neither the dial nor the key", async () => {
  const { pool, requests, dials, signal } = manualFixture();
  const headers = { authorization: "A" };
  const request = { url: "ws://manual.example/", headers, protocols: [], maxMessageBytes: 1, signal };
  const events = { message() {}, pong() {}, drain() {}, close() {} };
  const opening = pool.open(request, events);
  headers.authorization = "B";
  dials[0]?.succeed();
  (await opening).close();
  expect(requests[0]?.headers).toEqual({ authorization: "A" });
  void pool.open(request, events).catch(() => undefined);
  expect(requests[1]?.headers).toEqual({ authorization: "B" });
  await pool.dispose();
});
