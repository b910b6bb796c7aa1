import { unwrap } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { faulty } from "../src/index.ts";
import { around, echo, faultyFixture, heard, request, url } from "./support/faulty-fixture.ts";

describe("cut", () => {
  it("while sending loses the message that send accepted, and none before it", async () => {
    const { manager, connect, clock, received, transport } = faultyFixture([
      { fault: "cut", on: "out", skip: 2 },
    ]);
    const connection = await connect();
    const sent = [1, 2, 3].map((number) => manager.send(connection, number));
    expect((await Promise.all(sent)).map(({ success }) => success)).toEqual([true, true, true]);
    expect((await manager.receive(connection)).error).toMatchObject({
      code: "CONNECTION_CLOSED",
      closeCode: 1006,
    });
    await clock.advance(0);
    expect(received).toEqual(["1", "2", { code: 1006, reason: "" }]);
    expect(transport.faults).toMatchObject([{ fault: "cut", channel: 1, on: "out", message: 3 }]);
    expect(manager.getStats().openConnections).toBe(0);
  });

  it("after the message lets the message leave", async () => {
    const { manager, clock, received } = faultyFixture([{ fault: "cut", on: "out", when: "after" }]);
    expect((await manager.request(url, "once")).error).toMatchObject({
      code: "CONNECTION_CLOSED",
      sent: "maybe",
    });
    await clock.advance(0);
    expect(received).toEqual(['"once"', { code: 1006, reason: "" }]);
  });

  it("takes effect after earlier delayed messages", async () => {
    const { manager, connect, clock, peers, taken, transport } = faultyFixture([
      { fault: "delay", on: "in", ms: 50 },
      { fault: "cut", on: "in", skip: 1, when: "after" },
    ]);
    const connection = await connect();
    for (const text of ["1", "2", "3"]) peers[0]?.send(text);
    await clock.advance(49);
    expect(connection.state).toBe("open");
    await clock.advance(1);
    expect(await taken(connection)).toEqual([1, 2]);
    expect((await manager.receive(connection)).error?.closeCode).toBe(1006);
    expect(transport.faults.map(({ fault, message }) => `${fault} ${message}`)).toEqual([
      "delay 1",
      "delay 2",
      "cut 2",
    ]);
  });

  it("on open lets no greeting through", async () => {
    const { manager, connect, peers } = faultyFixture([{ fault: "cut", on: "open" }], {
      peer: { onConnection: (peer) => peer.send('"hello"') },
    });
    const connection = await connect();
    expect((await manager.receive(connection)).error?.code).toBe("CONNECTION_CLOSED");
    await peers[0]?.ended;
  });

  it("at a greeting that arrives before open resolves ends the connection", async () => {
    const { transport, clock, peers } = faultyFixture([{ fault: "cut", on: "in" }], {
      peer: { onConnection: (peer) => peer.send("hello") },
    });
    const events = heard();
    await transport.open(request(), events);
    await clock.advance(0);
    expect(events.log).toEqual(["close 1006"]);
    await peers[0]?.ended;
  });
});

describe("a connection fault that waits for earlier delayed messages", () => {
  it("lets no later messages in or out, and no rule counts them", async () => {
    const { transport, clock, peers, received } = faultyFixture([
      { fault: "delay", on: "both", ms: 10 },
      { fault: "cut", on: "in", channel: 1, skip: 1, when: "after" },
      { fault: "cut", on: "out", channel: 2, skip: 1, when: "after" },
    ]);
    for (const on of ["in", "out"] as const) {
      const events = heard();
      const channel = await transport.open(request(), events);
      for (const text of ["1", "2", "3"]) on === "in" ? peers[0]?.send(text) : channel.send(text);
      channel.ping();
      await clock.advance(9);
      expect(events.log).toEqual([]);
      await clock.advance(1);
      expect(events.log).toEqual(on === "in" ? ["1", "2", "close 1006"] : ["close 1006"]);
    }
    expect(received).toEqual([{ code: 1006, reason: "" }, "1", "2", { code: 1006, reason: "" }]);
    expect(transport.faults.map(({ fault, on, message }) => `${fault} ${on} ${message}`)).toEqual(
      ["in", "out"].flatMap((on) => [`delay ${on} 1`, `delay ${on} 2`, `cut ${on} 2`]),
    );
  });
});

describe("half-open", () => {
  it("reports nothing: no message, no pong, no close", async () => {
    const { transport, clock, peers, received } = faultyFixture([
      { fault: "half-open", on: "in", when: "after" },
    ]);
    const events = heard();
    const channel = await transport.open(request(), events);
    peers[0]?.send("last");
    await clock.advance(0);
    channel.send("lost");
    channel.ping();
    peers[0]?.send("lost too");
    peers[0]?.close(1000);
    channel.pause();
    channel.resume();
    channel.close(1000);
    await clock.advance(60_000);
    expect(events.log).toEqual(["last"]);
    expect(received).toEqual([]);
    expect(() => channel.send("more")).toThrow(expect.objectContaining({ code: "CONNECTION_CLOSED" }));
    channel.terminate();
    channel.terminate();
    await peers[0]?.ended;
    expect(events.log).toEqual(["last", "close 1006"]);
    expect(received).toEqual([{ code: 1006, reason: "" }]);
  });

  it("lets every call of the manager time out", async () => {
    const { manager, connect, clock, peers } = faultyFixture([{ fault: "half-open", on: "open" }], {
      peer: echo,
    });
    const connection = await connect();
    unwrap(await manager.send(connection, 1));
    const receiving = manager.receive(connection, { timeoutMs: 1_000 });
    await clock.advance(1_000);
    expect((await receiving).error?.code).toBe("RECEIVE_TIMEOUT");
    const closing = manager.close(connection);
    await clock.advance(1_999);
    expect(connection.state).toBe("closing");
    await clock.advance(1);
    expect((await closing).data).toMatchObject({ code: 1006, clean: false });
    await peers[0]?.ended;
    expect(clock.referencedTimers).toBe(0);
  });

  it("buffers 64 KiB as a kernel does, then bufferedAmount grows and sends are refused", async () => {
    const { manager, connect, transport } = faultyFixture([{ fault: "half-open", on: "open" }], {
      options: { maxBufferedBytes: 100_000 },
    });
    const connection = await connect({ codec: "raw" });
    unwrap(await manager.send(connection, new Uint8Array(65_536)));
    expect(connection.bufferedBytes).toBe(0);
    unwrap(await manager.send(connection, new Uint8Array(100_000)));
    expect(connection.bufferedBytes).toBe(100_000);
    expect((await manager.send(connection, "x")).error?.code).toBe("BACKPRESSURE");
    expect(transport.faults).toHaveLength(1);
  });

  it("also hides the end of the connection if the transport below cannot pause", async () => {
    const { transport: below, clock, peers } = faultyFixture([]);
    const unpausing = around(below, { pause: false }, (channel) => {
      channel.pause = () => {};
    });
    const transport = faulty(unpausing, [{ fault: "half-open", on: "open" }], 1, { clock });
    const events = heard();
    const channel = await transport.open(request(), events);
    peers[0]?.send("unheard");
    peers[0]?.close(1000);
    await clock.advance(0);
    expect(events.log).toEqual([]);
    channel.terminate();
    await clock.advance(0);
    expect(events.log).toEqual(["close 1006"]);
  });

  it("discards held messages and their timers", async () => {
    const { transport, clock, peers, received } = faultyFixture([
      { fault: "late", on: "out", ms: 100, times: 1 },
      { fault: "delay", on: "out", ms: 100 },
      { fault: "half-open", on: "in" },
    ]);
    const channel = await transport.open(request(), heard());
    for (const text of ["1", "2"]) channel.send(text);
    expect(clock.referencedTimers).toBe(1);
    peers[0]?.send("now");
    await clock.advance(0);
    expect(clock.timers).toBe(0);
    await clock.advance(200);
    expect(received).toEqual([]);
  });
});

describe("close", () => {
  it("is reported as a clean close by the peer, with its code and reason", async () => {
    const { manager, connect, clock, peers, taken } = faultyFixture([
      { fault: "close", on: "in", skip: 1, code: 4001, reason: "enough" },
    ]);
    const connection = await connect();
    for (const text of ["1", "2", "3"]) peers[0]?.send(text);
    expect(await taken(connection)).toEqual([1]);
    expect((await manager.receive(connection)).error).toMatchObject({
      code: "CONNECTION_CLOSED",
      closeCode: 4001,
      closeReason: "enough",
    });
    expect((await manager.send(connection, 1)).error?.sent).toBe("no");
    expect((await manager.close(connection)).data).toMatchObject({ code: 4001, clean: true });
    await clock.advance(0);
    await peers[0]?.ended;
  });

  it("has code 1001 by default, and follows messages sent before", async () => {
    const { manager, clock, received } = faultyFixture([{ fault: "close", on: "out", when: "after" }]);
    expect((await manager.request(url, 1)).error).toMatchObject({ closeCode: 1001, sent: "maybe" });
    await clock.advance(0);
    expect(received[0]).toBe("1");
  });
});

describe("mute", () => {
  it("accepts messages, answers pings and the close, and lets no message in", async () => {
    const { transport, clock, received } = faultyFixture([{ fault: "mute", on: "in", skip: 1 }], {
      peer: echo,
    });
    const events = heard();
    const channel = await transport.open(request(), events);
    for (const text of ["a", "b", "c"]) channel.send(text);
    channel.ping();
    channel.close(1000);
    await clock.advance(0);
    expect(events.log.filter((event) => event !== "drain")).toEqual(["a", "pong", "close 1000"]);
    expect(received.slice(-1)).toEqual([{ code: 1000, reason: "" }]);
    expect(transport.faults).toMatchObject([{ fault: "mute", message: 2 }]);
  });

  it("leaves a request unanswered", async () => {
    const { manager, clock } = faultyFixture([{ fault: "mute", on: "out", when: "before" }], { peer: echo });
    const pending = manager.request(url, 1, { timeoutMs: 4_000 });
    await clock.advance(4_000);
    expect((await pending).error).toMatchObject({ code: "RECEIVE_TIMEOUT", phase: "receive", sent: "maybe" });
    expect(manager.getStats()).toMatchObject({ openConnections: 0, messagesReceivedCount: 0 });
  });

  it("lets the outgoing message at which it begins leave, and no message in, whatever other rules apply", async () => {
    const { transport, clock, peers, received } = faultyFixture([
      { fault: "mute", on: "out" },
      { fault: "delay", on: "in", ms: 0 },
      { fault: "flood", count: 3 },
    ]);
    const events = heard();
    const channel = await transport.open(request(), events);
    for (const text of ["1", "2"]) channel.send(text);
    await clock.advance(0);
    peers[0]?.send("unheard");
    await clock.advance(0);
    expect(received).toEqual(["1", "2"]);
    expect(events.log).toEqual(["drain"]);
    expect(transport.faults).toMatchObject([{ fault: "mute", on: "out", message: 1 }]);
  });
});
