import { TransportError } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { slowScene } from "./support/slow-transport.ts";

describe("a cold key is dialled", () => {
  it("once at a time at first, then twice as often after every success", async () => {
    const { openMany, dials, clock } = slowScene();
    openMany(10);
    expect(dials).toHaveLength(1);
    dials[0]?.succeed();
    await clock.advance(0);
    expect(dials).toHaveLength(3);
    dials[1]?.succeed();
    await clock.advance(0);
    expect(dials.filter((dial) => dial.state === "under way")).toHaveLength(4);
  });

  it("for one call after the other where nobody answers, and each call has its own error", async () => {
    const { openMany, dials, clock } = slowScene();
    const outcomes = openMany(3);
    for (const status of [500, 502, 503]) {
      expect(dials.filter((dial) => dial.state === "under way")).toHaveLength(1);
      dials.at(-1)?.fail(new TransportError("HANDSHAKE_REJECTED", "no", { status }));
      await clock.advance(0);
    }
    expect((await Promise.all(outcomes)).map(Object)).toMatchObject([
      { status: 500 },
      { status: 502 },
      { status: 503 },
    ]);
    expect(dials).toHaveLength(3);
  });

  it("once at a time again after a failure", async () => {
    const { openMany, dials, clock } = slowScene();
    const outcomes = openMany(6);
    dials[0]?.succeed();
    await clock.advance(0);
    dials[1]?.fail(new TransportError("CONNECT_FAILED", "no"));
    dials[2]?.fail(new TransportError("CONNECT_FAILED", "no"));
    await clock.advance(0);
    expect(dials.filter((dial) => dial.state === "under way")).toHaveLength(1);
    expect(await outcomes[1]).toMatchObject({ code: "CONNECT_FAILED" });
  });

  it("once more where the first dial takes long", async () => {
    const { openMany, dials, clock } = slowScene();
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

  it("no more than needed: what is given back meanwhile serves those who wait", async () => {
    const { pool, openMany, openOne, dials, clock } = slowScene();
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

describe("a call that is aborted while it waits", () => {
  it("ends the dial that nobody needs any more", async () => {
    const { openMany, dials } = slowScene();
    const controller = new AbortController();
    const [outcome] = openMany(1, controller.signal);
    controller.abort();
    expect(await outcome).toMatchObject({ code: "ABORTED" });
    expect(dials[0]?.state).toBe("aborted");
  });

  it("leaves its dial to the next in line", async () => {
    const { openMany, dials } = slowScene();
    const controller = new AbortController();
    const [impatient] = openMany(1, controller.signal);
    const [patient] = openMany(1);
    controller.abort();
    expect(await impatient).toMatchObject({ code: "ABORTED" });
    dials[0]?.succeed();
    expect(await patient).toBe("open");
    expect(dials).toHaveLength(1);
  });

  it("leaves no listener at the signal, whatever came of it", async () => {
    const { openMany, dials } = slowScene();
    const signal = { listeners: 0 };
    const counted: AbortSignal = Object.assign(new AbortController().signal, {
      addEventListener: () => void signal.listeners++,
      removeEventListener: () => void signal.listeners--,
    });
    const outcomes = openMany(2, counted);
    dials[0]?.succeed();
    await outcomes[0];
    dials[1]?.fail(new TransportError("CONNECT_FAILED", "no"));
    await outcomes[1];
    expect(signal.listeners).toBe(0);
  });
});

it("an open that is aborted already dials nothing", async () => {
  const { openMany, dials } = slowScene();
  const [outcome] = openMany(1, AbortSignal.abort());
  expect(await outcome).toMatchObject({ code: "ABORTED" });
  expect(dials).toHaveLength(0);
});

it("a transport that throws at once fails the open, and the next is tried as ever", async () => {
  const { openMany, dials, failures } = slowScene();
  failures.push(new TypeError("broken"));
  expect(await openMany(1)[0]).toBeInstanceOf(TypeError);
  const [next] = openMany(1);
  dials[0]?.succeed();
  expect(await next).toBe("open");
});

it("a channel that opens although its dial was given up is kept, not leaked", async () => {
  const { openMany, dials, clock, pool } = slowScene({ deaf: true });
  const controller = new AbortController();
  const [outcome] = openMany(1, controller.signal);
  controller.abort();
  await outcome;
  dials[0]?.succeed();
  await clock.advance(0);
  expect(pool.getStats()).toMatchObject({ openedCount: 1, idleCount: 1, lentCount: 0 });
});
