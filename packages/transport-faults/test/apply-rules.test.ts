import { unwrap } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { echo, faultyFixture, url } from "./support/faulty-fixture.ts";

describe("delay", () => {
  it("delays an outgoing message and those after it", async () => {
    const { manager, connect, clock, received, transport } = faultyFixture([
      { fault: "delay", on: "out", ms: 300, times: 1 },
    ]);
    const connection = await connect();
    for (const number of [1, 2]) unwrap(await manager.send(connection, number));
    expect(connection.bufferedBytes).toBe(2);
    await clock.advance(299);
    expect(received).toEqual([]);
    await clock.advance(1);
    expect(received).toEqual(["1", "2"]);
    expect(connection.bufferedBytes).toBe(0);
    expect(transport.faults).toEqual([
      { fault: "delay", rule: 0, channel: 1, on: "out", message: 1, atMs: 0, delayMs: 300 },
    ]);
  });

  it("keeps the order of a direction, whatever delays are chosen", async () => {
    const { connect, clock, peers, taken, transport } = faultyFixture([
      { fault: "delay", on: "in", ms: [100, 500], every: 2 },
    ]);
    const connection = await connect();
    const numbers = Array.from({ length: 50 }, (_, number) => number);
    for (const number of numbers) peers[0]?.send(String(number));
    await clock.advance(99);
    expect(await taken(connection)).toEqual([0]);
    await clock.advance(401);
    expect(await taken(connection)).toEqual(numbers.slice(1));
    const delays = transport.faults.map(({ delayMs = 0 }) => delayMs);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(100);
    expect(Math.max(...delays)).toBeLessThan(500);
    expect(new Set(delays).size).toBe(25);
  });

  it("makes a request time out, and a reply in time is received", async () => {
    const { manager, clock } = faultyFixture([{ fault: "delay", on: "both", ms: 600 }], { peer: echo });
    const inTime = manager.request(url, "slow");
    await clock.advance(1_200);
    expect((await inTime).data?.response).toBe("slow");
    const late = manager.request(url, "slow", { timeoutMs: 1_000 });
    await clock.advance(1_000);
    expect((await late).error).toMatchObject({ code: "RECEIVE_TIMEOUT", sent: "maybe" });
  });

  it("holds the peer's close behind the message before it", async () => {
    const { manager, connect, clock, peers, taken } = faultyFixture([{ fault: "delay", on: "in", ms: 300 }]);
    const connection = await connect();
    peers[0]?.send("1");
    peers[0]?.close(4001);
    await clock.advance(299);
    expect(connection.state).toBe("open");
    await clock.advance(1);
    expect(await taken(connection)).toEqual([1]);
    expect((await manager.receive(connection)).error).toMatchObject({ closeCode: 4001 });
  });

  it("sends the program's close after the message before it", async () => {
    const { manager, connect, clock, received } = faultyFixture([{ fault: "delay", on: "out", ms: 300 }]);
    const connection = await connect();
    unwrap(await manager.send(connection, "last"));
    const closing = manager.close(connection, { code: 4001, reason: "bye" });
    await clock.advance(299);
    expect(received).toEqual([]);
    await clock.advance(1);
    expect(received).toEqual(['"last"', { code: 4001, reason: "bye" }]);
    expect((await closing).data?.clean).toBe(true);
  });
});

describe("drop", () => {
  it("loses an incoming message: the request times out with sent: maybe", async () => {
    const { manager, clock, received } = faultyFixture([{ fault: "drop", on: "in" }], { peer: echo });
    const pending = manager.request(url, "hello", { timeoutMs: 2_000 });
    await clock.advance(2_000);
    expect((await pending).error).toMatchObject({ code: "RECEIVE_TIMEOUT", sent: "maybe" });
    expect(received).toEqual([{ code: 1006, reason: "" }]);
  });

  it("loses an outgoing message that was accepted", async () => {
    const { manager, connect, clock, received, transport } = faultyFixture([
      { fault: "drop", on: "out", every: 2 },
    ]);
    const connection = await connect();
    for (const number of [1, 2, 3, 4, 5]) unwrap(await manager.send(connection, number));
    await clock.advance(0);
    expect(received).toEqual(["1", "3", "5"]);
    expect(transport.faults.map(({ message }) => message)).toEqual([2, 4]);
  });
});

describe("duplicate", () => {
  it("delivers a message twice, in order, in either direction", async () => {
    const { manager, connect, peers, received, taken } = faultyFixture([
      { fault: "duplicate", on: "both", skip: 1, times: 1 },
    ]);
    const connection = await connect();
    for (const number of [1, 2, 3]) {
      unwrap(await manager.send(connection, number));
      peers[0]?.send(String(number));
    }
    expect(await taken(connection)).toEqual([1, 2, 2, 3]);
    expect(received).toEqual(["1", "2", "2", "3"]);
  });
});

describe("late", () => {
  it("lets later messages overtake a message, and only the close waits", async () => {
    const { connect, clock, peers, taken } = faultyFixture([{ fault: "late", on: "in", ms: 100, times: 1 }]);
    const connection = await connect();
    for (const text of ["1", "2", "3"]) peers[0]?.send(text);
    peers[0]?.close(4001);
    expect(await taken(connection)).toEqual([2, 3]);
    expect(connection.state).toBe("open");
    await clock.advance(100);
    expect(await taken(connection)).toEqual([1]);
    expect(connection.state).toBe("closed");
  });

  it("delivers each message at its own time", async () => {
    const { connect, clock, peers, taken, transport } = faultyFixture([
      { fault: "late", on: "in", ms: [1, 500] },
    ]);
    const connection = await connect();
    for (let number = 0; number < 200; number += 1) {
      peers[0]?.send(String(number));
      await clock.advance(0);
    }
    await clock.advance(500);
    const delays = transport.faults.map(({ delayMs = 0 }, number) => ({ delayMs, number }));
    const expected = delays.sort((one, other) => one.delayMs - other.delayMs).map(({ number }) => number);
    expect(await taken(connection)).toEqual(expected);
  });

  it("works in the other direction", async () => {
    const { manager, connect, clock, received } = faultyFixture([
      { fault: "late", on: "out", ms: 100, skip: 1, times: 1 },
    ]);
    const connection = await connect();
    for (const number of [1, 2, 3]) unwrap(await manager.send(connection, number));
    const closing = manager.close(connection, { code: 4001 });
    await clock.advance(100);
    expect(received).toEqual(["1", "3", "2", { code: 4001, reason: "" }]);
    expect((await closing).data?.clean).toBe(true);
  });
});

describe("corrupt", () => {
  it("changes one character of a text, so that JSON is invalid or a value differs", async () => {
    const { manager, connect, clock, peers } = faultyFixture([{ fault: "corrupt", on: "in" }]);
    const connection = await connect();
    const sent = { key: "value", list: [1, 2.5, true, null] };
    for (let count = 0; count < 100; count += 1) peers[0]?.send(JSON.stringify(sent));
    await clock.advance(0);
    for (let count = 0; count < 100; count += 1) {
      const { data, error } = await manager.receive(connection);
      if (error === undefined) expect(data?.response).not.toEqual(sent);
      else expect(error.code).toBe("PARSE_FAILED");
    }
  });

  it("keeps a text's length and other characters, including those beyond the first plane", async () => {
    const { connect, peers, taken } = faultyFixture([{ fault: "corrupt", on: "in" }]);
    const connection = await connect({ codec: "text" });
    const sent = "\u{1F600}\u{1F601}#\u{1F602}";
    for (let count = 0; count < 20; count += 1) peers[0]?.send(sent);
    for (const text of await taken(connection)) {
      const changed = Array.from(String(text)).filter(
        (character, index) => character !== Array.from(sent)[index],
      );
      expect(changed).toEqual([expect.stringMatching(/^[#?]$/)]);
    }
  });

  it("flips one bit of bytes, and does not alter the caller's bytes", async () => {
    const { manager, connect, clock, received } = faultyFixture([{ fault: "corrupt", on: "out" }]);
    const connection = await connect({ codec: "raw" });
    const sent = new Uint8Array(16);
    unwrap(await manager.send(connection, sent));
    await clock.advance(0);
    const [bytes] = received;
    const bits = bytes instanceof Uint8Array ? [...bytes].flatMap((byte) => [...byte.toString(2)]) : [];
    expect(bits.filter((bit) => bit === "1")).toHaveLength(1);
    expect(sent).toEqual(new Uint8Array(16));
  });

  it("does not change or report an empty message", async () => {
    const { connect, peers, taken, transport } = faultyFixture([{ fault: "corrupt", on: "in" }]);
    const connection = await connect({ codec: "text" });
    peers[0]?.send("");
    expect(await taken(connection)).toEqual([""]);
    expect(transport.faults).toEqual([]);
  });
});

describe("flood", () => {
  it("adds copies of the message, or of another", async () => {
    const { connect, peers, taken } = faultyFixture([
      { fault: "flood", count: 2, skip: 1 },
      { fault: "flood", count: 1, message: '"spam"', times: 1 },
    ]);
    const connection = await connect();
    for (const text of ["1", "2"]) peers[0]?.send(text);
    expect(await taken(connection)).toEqual([1, "spam", 2, 2, 2]);
  });

  it("stops when a full inbox pauses it, and loses nothing", async () => {
    const { connect, clock, peers, manager } = faultyFixture([{ fault: "flood", count: 99 }], {
      options: { inbox: { maxMessages: 10 } },
    });
    const connection = await connect();
    peers[0]?.send("7");
    for (let count = 0; count < 100; count += 1) {
      await clock.advance(0);
      expect((await manager.receive(connection, { timeoutMs: 0 })).data?.response).toBe(7);
    }
    expect((await manager.receive(connection, { timeoutMs: 0 })).error?.code).toBe("RECEIVE_TIMEOUT");
  });

  it("is dropped and counted by an inbox with that policy", async () => {
    const { connect, clock, peers, manager } = faultyFixture([{ fault: "flood", count: 99 }], {
      options: { inbox: { maxMessages: 10, overflow: "drop-oldest" } },
    });
    await connect();
    peers[0]?.send("7");
    await clock.advance(0);
    expect(manager.getStats().messagesDroppedCount).toBe(90);
  });

  it("cannot deliver messages that are too big", async () => {
    const { connect, peers, manager } = faultyFixture(
      [{ fault: "flood", count: 1, message: "x".repeat(101) }],
      {
        options: { maxMessageBytes: 100 },
      },
    );
    const connection = await connect();
    peers[0]?.send("7");
    expect((await manager.receive(connection)).data?.response).toBe(7);
    expect((await manager.receive(connection)).error?.code).toBe("MESSAGE_TOO_BIG");
    expect(manager.getStats().openConnections).toBe(0);
  });
});

describe("several rules on one message", () => {
  it("are applied in the order of the script", async () => {
    const { connect, peers, taken } = faultyFixture([
      { fault: "duplicate", on: "in" },
      { fault: "drop", on: "in", skip: 1, times: 1 },
      { fault: "flood", count: 1, message: "0" },
    ]);
    const connection = await connect();
    for (const text of ["1", "2", "3"]) peers[0]?.send(text);
    expect(await taken(connection)).toEqual([1, 1, 0, 3, 3, 0]);
  });
});
