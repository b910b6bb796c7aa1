import { describe, expect, it } from "vitest";
import { replayer } from "../support/replayer.ts";
import { channelLines } from "../support/tapes.ts";

const out = (text: string) => ({ type: "out", text });
const incoming = (text: string) => ({ type: "in", text });
const closed = { type: "closed", code: 1000, reason: "", clean: true };

describe("with speed, a tape is replayed", () => {
  const lines = channelLines([
    { ...incoming("a"), atMs: 100 },
    { ...out("q"), atMs: 150 },
    { ...incoming("b"), atMs: 250 },
    { ...closed, atMs: 650 },
  ]);

  it.each([1, 2, 0.5])("with its pauses divided by %d", async (speed) => {
    const { open, clock } = replayer(lines, { speed });
    const { channel, events } = await open();
    await clock.advance(100 / speed - 1);
    expect(events).toEqual([]);
    await clock.advance(1);
    expect(events).toEqual(["message"]);
    await clock.advance(10_000);
    channel.send("q");
    await clock.advance(100 / speed - 1);
    expect(events).toHaveLength(1);
    await clock.advance(1);
    expect(events).toHaveLength(2);
    await clock.advance(400 / speed - 1);
    expect(events).toHaveLength(2);
    await clock.advance(1);
    expect(events).toEqual(["message", "message", "close"]);
    expect(clock.timers).toBe(0);
  });

  it("from the moment the connection opened", async () => {
    const [open = {}, opened] = channelLines([]);
    const greeting = { ...incoming("hi"), channel: 1, atMs: 500 };
    const made = replayer([open, { ...opened, atMs: 400 }, greeting], { speed: 1 });
    const { events } = await made.open();
    await made.clock.advance(100);
    expect(events).toEqual(["message"]);
    const early = replayer([open, greeting, { ...opened, atMs: 600 }], { speed: 1 });
    const other = await early.open();
    await early.clock.advance(0);
    expect(other.events).toEqual(["message"]);
  });

  it("and waits while it is paused", async () => {
    const { open, clock } = replayer(lines, { speed: 1 });
    const { channel, events } = await open();
    await clock.advance(50);
    channel.pause();
    channel.pause();
    expect(clock.timers).toBe(0);
    await clock.advance(1_000);
    expect(events).toEqual([]);
    channel.resume();
    channel.resume();
    await clock.advance(100);
    expect(events).toEqual(["message"]);
  });

  it("and keeps the process alive only while it is ref'd", async () => {
    const { open, clock } = replayer(lines, { speed: 1 });
    const { channel } = await open();
    expect(clock.referencedTimers).toBe(1);
    channel.unref();
    expect(clock.referencedTimers).toBe(0);
    channel.ref();
    expect(clock.referencedTimers).toBe(1);
    channel.unref();
    await clock.advance(100);
    channel.send("q");
    expect([clock.timers, clock.referencedTimers]).toEqual([1, 0]);
    channel.terminate();
    expect(clock.timers).toBe(0);
  });
});
