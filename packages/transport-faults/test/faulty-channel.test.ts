import { type Channel, type IncomingMessage, type Transport, TransportError } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { type FaultScript, faulty } from "../src/index.ts";
import { around, echo, faultyFixture, heard, request } from "./support/faulty-fixture.ts";

describe("a faulty channel", () => {
  it("has the capabilities of the transport below, under its own name", () => {
    const { transport } = faultyFixture([]);
    const below = { ...transport.capabilities, name: "below" };
    const open = () => Promise.reject(new Error("unused"));
    expect(faulty({ capabilities: below, open }, []).capabilities).toEqual({
      ...below,
      name: "faulty(below)",
    });
  });

  it("copies bytes before holding them back", async () => {
    const { transport, clock, received } = faultyFixture([{ fault: "delay", on: "out", ms: 10, times: 1 }]);
    const channel = await transport.open(request(), heard());
    const bytes = Uint8Array.of(1, 2, 3);
    channel.send(bytes);
    channel.send(bytes);
    bytes.fill(9);
    await clock.advance(10);
    expect(received).toEqual([Uint8Array.of(1, 2, 3), Uint8Array.of(1, 2, 3)]);
  });

  it("counts held messages in bufferedAmount, and reports drain once when nothing is left", async () => {
    const { transport, clock, peers } = faultyFixture([
      { fault: "late", on: "out", ms: 30, times: 1 },
      { fault: "delay", on: "out", ms: 10, skip: 2 },
    ]);
    const events = heard();
    const channel = await transport.open(request(), events);
    for (const text of ["late", "free", "\u00e9"]) channel.send(text);
    expect(channel.bufferedAmount).toBe(10);
    await clock.advance(10);
    expect(channel.bufferedAmount).toBe(4);
    expect(events.log).toEqual([]);
    peers[0]?.hold();
    await clock.advance(20);
    expect(channel.bufferedAmount).toBe(4);
    expect(events.log).toEqual([]);
    peers[0]?.release();
    await clock.advance(0);
    expect(channel.bufferedAmount).toBe(0);
    expect(events.log).toEqual(["drain"]);
  });

  it("reports drain for held messages even if the transport below writes them at once", async () => {
    const { clock, transport } = faultyFixture([]);
    const nothing = (): void => {};
    const taking: Channel = {
      protocol: "",
      bufferedAmount: 0,
      send: nothing,
      ping: nothing,
      pause: nothing,
      resume: nothing,
      close: nothing,
      terminate: nothing,
      ref: nothing,
      unref: nothing,
    };
    for (const drain of [true, false]) {
      const capabilities = { ...transport.capabilities, drain };
      const below: Transport = { capabilities, open: async () => taking };
      const events = heard();
      const script: FaultScript = [{ fault: "delay", on: "out", ms: 10, times: 2 }];
      const channel = await faulty(below, script, 1, { clock }).open(request(), events);
      channel.send("");
      await clock.advance(10);
      channel.send("held");
      await clock.advance(10);
      channel.send("not held");
      expect(events.log).toEqual(drain ? ["drain"] : []);
    }
  });

  it("keeps the order of a ping after a held message", async () => {
    const { transport, clock, peers, received } = faultyFixture([{ fault: "delay", on: "out", ms: 10 }]);
    const channel = await transport.open(request(), heard());
    peers[0]?.onPing(() => received.push("a ping"));
    channel.send("first");
    channel.ping();
    await clock.advance(10);
    expect(received).toEqual(["first", "a ping"]);
  });

  it("keeps the order of a pong after a held message", async () => {
    const { transport, clock, peers } = faultyFixture([{ fault: "delay", on: "in", ms: 10 }]);
    const events = heard();
    const channel = await transport.open(request(), events);
    peers[0]?.send("first");
    channel.ping();
    await clock.advance(9);
    expect(events.log).toEqual([]);
    await clock.advance(1);
    expect(events.log).toEqual(["first", "pong"]);
  });

  it("delivers held messages in order after a pause, and none during it", async () => {
    const { transport, clock, peers } = faultyFixture([
      { fault: "late", on: "in", ms: 5, times: 1 },
      { fault: "delay", on: "in", ms: 10, skip: 1 },
    ]);
    const events = heard();
    const channel = await transport.open(request(), events);
    for (const text of ["late", "1", "2"]) peers[0]?.send(text);
    peers[0]?.close(4001);
    await clock.advance(0);
    channel.pause();
    await clock.advance(100);
    expect(events.log).toEqual([]);
    channel.resume();
    expect(events.log).toEqual([]);
    await clock.advance(0);
    expect(events.log).toEqual(["late", "1", "2", "close 4001"]);
  });

  it("delivers messages that are due during a pause in the order of their due times", async () => {
    const { transport, clock, peers } = faultyFixture([
      { fault: "late", on: "in", ms: 30, times: 1 },
      { fault: "late", on: "in", ms: 20, skip: 1, times: 3 },
      { fault: "delay", on: "in", ms: 10, skip: 4, times: 1 },
      { fault: "delay", on: "in", ms: 25, skip: 6, times: 1 },
    ]);
    const events = heard();
    const channel = await transport.open(request(), events);
    for (const text of ["30", "20a", "20b", "20c", "10", "behind 10", "25"]) peers[0]?.send(text);
    peers[0]?.close(4001);
    await clock.advance(0);
    channel.pause();
    await clock.advance(100);
    expect(events.log).toEqual([]);
    channel.resume();
    await clock.advance(0);
    expect(events.log).toEqual(["10", "behind 10", "20a", "20b", "20c", "25", "30", "close 4001"]);
  });

  it("delivers a late message after those that were already waiting at its due time, and before those that arrive later", async () => {
    const { transport, clock, peers } = faultyFixture([
      { fault: "late", on: "in", ms: 50, times: 2 },
      { fault: "flood", count: 1, message: "4", skip: 2, times: 1 },
    ]);
    const events = heard();
    const message: typeof events.message = (received) => {
      events.log.push(received.text());
      if (received.text() === "3") channel.pause();
    };
    const channel = await transport.open(request(), { ...events, message });
    for (const text of ["L1", "L2", "3"]) peers[0]?.send(text);
    await clock.advance(100);
    expect(events.log).toEqual(["3"]);
    peers[0]?.send("5");
    channel.resume();
    await clock.advance(0);
    expect(events.log).toEqual(["3", "4", "L1", "L2", "5"]);
  });

  it("keeps the order of due times of late messages after a freeze", async () => {
    const { transport, clock, received } = faultyFixture([
      { fault: "late", on: "out", ms: 20, times: 1 },
      { fault: "late", on: "out", ms: 10, skip: 1, times: 1 },
      { fault: "delay", on: "out", ms: 15, skip: 2, times: 1 },
    ]);
    const channel = await transport.open(request(), heard());
    for (const text of ["20", "10", "15"]) channel.send(text);
    clock.freeze(100);
    channel.send("100");
    await clock.advance(0);
    expect(received).toEqual(["10", "15", "20", "100"]);
  });

  it.each(["delay", "late"] as const)(
    "a hundred thousand held messages (%s) leave in no time",
    async (fault) => {
      const { transport, clock, peers } = faultyFixture([
        { fault: "flood", count: 100_000 },
        { fault, on: "in", ms: [10, 20] },
      ]);
      let messageCount = 0;
      const channel = await transport.open(request(), { ...heard(), message: () => (messageCount += 1) });
      peers[0]?.send("1");
      await clock.advance(0);
      channel.pause();
      await clock.advance(20);
      expect(messageCount).toBe(0);
      const before = performance.now();
      channel.resume();
      await clock.advance(0);
      expect(messageCount).toBe(100_001);
      expect(performance.now() - before).toBeLessThan(1_000);
    },
  );

  it("holds back the remaining copies of a message when paused between them", async () => {
    const { transport, clock, peers } = faultyFixture([{ fault: "flood", count: 3 }]);
    const events = heard();
    const message: typeof events.message = (received) => {
      events.log.push(received.text());
      channel.pause();
    };
    const channel = await transport.open(request(), { ...events, message });
    peers[0]?.send("1");
    await clock.advance(0);
    for (let messageCount = 1; messageCount <= 4; messageCount += 1) {
      expect(events.log).toHaveLength(messageCount);
      channel.resume();
      await clock.advance(0);
    }
    expect(events.log).toHaveLength(4);
  });

  it("reports a close of the script asynchronously, not within the call that caused it", async () => {
    const { transport, clock } = faultyFixture([{ fault: "cut", on: "out" }]);
    const events = heard();
    const channel = await transport.open(request(), events);
    channel.send("x");
    expect(events.log).toEqual([]);
    await clock.advance(0);
    expect(events.log).toEqual(["close 1006"]);
  });

  it("reports only close after terminate, even between the copies of a message", async () => {
    const { transport, clock, peers } = faultyFixture([
      { fault: "flood", count: 5 },
      { fault: "late", on: "in", ms: 10, skip: 1 },
    ]);
    const events = heard();
    const message: typeof events.message = (received) => {
      events.log.push(received.text());
      channel.terminate();
    };
    const channel = await transport.open(request(), { ...events, message });
    for (const text of ["1", "2"]) peers[0]?.send(text);
    await clock.advance(100);
    expect(events.log).toEqual(["1", "close 1006"]);
    expect(clock.timers).toBe(0);
  });

  it("discards held messages on terminate, and reports a held close at once", async () => {
    const { transport, clock, peers, received } = faultyFixture([{ fault: "delay", on: "both", ms: 10 }]);
    const events = heard();
    const channel = await transport.open(request(), events);
    channel.send("out");
    peers[0]?.send("in");
    peers[0]?.close(1000);
    await clock.advance(5);
    channel.terminate();
    await clock.advance(100);
    expect(events.log).toEqual(["close 1006"]);
    expect(events.closes[0]?.error?.code).toBe("CONNECTION_CLOSED");
    expect(received).toEqual([{ code: 1000, reason: "" }]);
    expect(clock.timers).toBe(0);
  });

  it("throws CONNECTION_CLOSED from send once closing, and once the peer's close is held back", async () => {
    const { transport, clock, peers, received } = faultyFixture([
      { fault: "slow-close", ms: 10 },
      { fault: "delay", on: "out", ms: 1 },
    ]);
    const closed = expect.objectContaining({ code: "CONNECTION_CLOSED" });
    const first = await transport.open(request(), heard());
    first.close();
    expect(() => first.send("x")).toThrow(closed);
    const second = await transport.open(request(), heard());
    second.send("too late");
    peers[1]?.close();
    await clock.advance(2);
    expect(() => second.send("x")).toThrow(closed);
    second.ping();
    await clock.advance(8);
    expect(() => second.send("x")).toThrow(closed);
    expect(received).toHaveLength(2);
  });

  it("loses a message that the peer's close overtakes, without further effects", async () => {
    const { transport, clock, peers, received } = faultyFixture([
      { fault: "delay", on: "out", ms: 10, times: 1 },
    ]);
    const events = heard();
    const channel = await transport.open(request(), events);
    channel.send("held");
    channel.send("behind it");
    peers[0]?.close(4001);
    await clock.advance(100);
    expect(events.log).toEqual(["close 4001"]);
    expect(received).toEqual([{ code: 4001, reason: "" }]);
  });

  it("keeps the process alive for held messages as the channel does", async () => {
    const { transport: plain, clock, peers } = faultyFixture([], { peer: echo });
    const calls: string[] = [];
    const below = around(plain, {}, (channel) => {
      channel.ref = () => calls.push("ref");
      channel.unref = () => calls.push("unref");
    });
    const script: FaultScript = [
      { fault: "delay", on: "in", ms: 10 },
      { fault: "late", on: "out", ms: 10, times: 1 },
    ];
    const events = heard();
    const channel = await faulty(below, script, 1, { clock }).open(request(), events);
    peers[0]?.send("1");
    channel.send("2");
    await clock.advance(1);
    expect(clock.referencedTimers).toBe(2);
    channel.unref();
    expect(clock.referencedTimers).toBe(0);
    await clock.advance(9);
    expect(events.log).toContain("1");
    expect(clock).toMatchObject({ timers: 1, referencedTimers: 0 });
    channel.ref();
    expect(clock.referencedTimers).toBe(1);
    expect(calls).toEqual(["unref", "ref"]);
  });

  it("reports nothing after an open has failed", async () => {
    const { clock, transport } = faultyFixture([]);
    const below: Transport = {
      capabilities: transport.capabilities,
      async open(_, events) {
        events.message(textMessage("early"));
        throw new TransportError("PROTOCOL_ERROR", "it went wrong after all");
      },
    };
    const events = heard();
    const script: FaultScript = [{ fault: "delay", on: "in", ms: 10 }];
    const opening = faulty(below, script, 1, { clock }).open(request(), events);
    await expect(opening).rejects.toMatchObject({ code: "PROTOCOL_ERROR" });
    await clock.advance(100);
    expect(events.log).toEqual([]);
    expect(clock.timers).toBe(0);
  });
});

function textMessage(text: string): IncomingMessage {
  const bytes = new TextEncoder().encode(text);
  return { isText: true, byteLength: bytes.length, text: () => text, bytes: () => bytes };
}
