import { describe, expect, it } from "vitest";
import { TransportError, unwrap } from "../src/index.ts";
import { scene } from "./support/scene.ts";

describe("send", () => {
  it("gives messages to the socket as JSON, in the order of the calls, before it returns", async () => {
    const { manager, connect } = scene();
    const { connection, channel } = await connect();
    const sends = [{ a: 1 }, "text", [2], null].map((message) => manager.send(connection, message));
    expect(channel.sent).toEqual(['{"a":1}', '"text"', "[2]", "null"]);
    expect((await Promise.all(sends)).every(({ success }) => success)).toBe(true);
    expect(manager.getStats().messagesSentCount).toBe(4);
  });

  it("refuses a message without a JSON form and sends nothing", async () => {
    const { manager, connect } = scene();
    const { connection, channel } = await connect();
    const cycle: { secret: string; self?: unknown } = { secret: "hunter2" };
    cycle.self = cycle;
    expect((await manager.send(connection, undefined)).error).toMatchObject({
      code: "INVALID_MESSAGE",
      phase: "send",
      sent: "no",
    });
    const failed = await manager.send(connection, cycle);
    expect(failed.error).toMatchObject({
      code: "SERIALIZE_FAILED",
      phase: "send",
      sent: "no",
      retryable: false,
    });
    expect(failed.error).not.toHaveProperty("cause");
    expect((await manager.send(connection, 1n)).error?.code).toBe("SERIALIZE_FAILED");
    expect(channel.sent).toEqual([]);
    expect(connection.state).toBe("open");
    expect(manager.getStats().errorsCount).toBe(3);
  });

  it("refuses with BACKPRESSURE what would wait beyond maxBufferedBytes", async () => {
    const { manager, connect } = scene({ maxBufferedBytes: 100 });
    const { connection, channel } = await connect();
    channel.bufferedAmount = 90;
    expect((await manager.send(connection, "x".repeat(20))).error).toMatchObject({
      code: "BACKPRESSURE",
      sent: "no",
      retryable: true,
    });
    expect(connection.bufferedBytes).toBe(90);
    channel.bufferedAmount = 0;
    expect((await manager.send(connection, "x".repeat(20))).success).toBe(true);
    expect((await manager.send(connection, "x".repeat(200))).error).toMatchObject({
      code: "MESSAGE_TOO_BIG",
      retryable: false,
    });
  });

  it("tells that a transport failed while sending", async () => {
    const { manager, connect } = scene();
    const { connection, channel } = await connect();
    channel.send = () => {
      throw new Error("broken pipe");
    };
    expect((await manager.send(connection, 1)).error).toMatchObject({ code: "SEND_FAILED", sent: "maybe" });
    channel.send = () => {
      throw new TransportError("SEND_FAILED", "not accepted");
    };
    expect((await manager.send(connection, 1)).error).toMatchObject({ code: "SEND_FAILED", sent: "no" });
    expect(manager.getStats().messagesSentCount).toBe(0);
  });

  it("waits to tell how a connection ends that the peer is just closing", async () => {
    const { manager, connect, clock } = scene({ closeTimeoutMs: 1_000 });
    const { connection, channel } = await connect();
    channel.answersClose = false;
    channel.send = () => {
      throw new TransportError("CONNECTION_CLOSED", "closing");
    };
    const first = manager.send(connection, 1);
    channel.end({ code: 4003, reason: "too late", clean: true });
    expect((await first).error).toMatchObject({
      code: "CONNECTION_CLOSED",
      sent: "no",
      closeCode: 4003,
      closeReason: "too late",
    });
    expect(clock.referencedTimers).toBe(0);
  });

  it("answers CONNECTION_CLOSED on a closed connection and NO_CONNECTION on what is none of this manager's", async () => {
    const { manager, connect } = scene();
    const { connection, channel } = await connect();
    channel.end({ code: 4001, reason: "token expired", clean: true });
    expect((await manager.send(connection, 1)).error).toMatchObject({
      code: "CONNECTION_CLOSED",
      sent: "no",
      closeCode: 4001,
      closeReason: "token expired",
    });
    const foreign = await scene().connect();
    expect((await manager.send(foreign.connection, 1)).error).toMatchObject({
      code: "NO_CONNECTION",
      phase: "send",
    });
    // @ts-expect-error: callers without types
    expect((await manager.send(undefined, 1)).error?.code).toBe("NO_CONNECTION");
    expect(foreign.channel.sent).toEqual([]);
  });

  it("uses the connection's codec", async () => {
    const { manager, transport } = scene({ codec: "text" });
    const raw = unwrap(await manager.connect("ws://peer.test/", { codec: "raw" })).connection;
    await manager.send(raw, new Uint8Array([1, 2]));
    expect(transport.channel.sent).toEqual([new Uint8Array([1, 2])]);
    const text = unwrap(await manager.connect("ws://peer.test/")).connection;
    await manager.send(text, "as it is");
    expect(transport.channel.sent).toEqual(["as it is"]);
    expect((await manager.send(text, {})).error?.code).toBe("INVALID_MESSAGE");
  });

  it("takes a codec that encodes later for a failure to serialize, and its rejection with it", async () => {
    const { manager, connect } = scene({
      codec: { encode: () => Object(Promise.reject(new Error("later"))), decode: () => 1 },
    });
    const { connection } = await connect();
    expect((await manager.send(connection, 1)).error?.code).toBe("SERIALIZE_FAILED");
    await new Promise(setImmediate);
  });

  it("is not fooled by what only looks like a connection", async () => {
    const { manager, connect } = scene();
    const { connection } = await connect();
    for (const impostor of [new Proxy(connection, {}), Object.create(connection), { ...connection }]) {
      expect((await manager.send(impostor, 1)).error?.code).toBe("NO_CONNECTION");
      expect((await manager.close(impostor)).error?.code).toBe("NO_CONNECTION");
    }
  });

  it("takes a codec that gives neither text nor bytes for a failure to serialize", async () => {
    const broken = { encode: () => Object(1), decode: () => 1 };
    const { manager, connect } = scene({ codec: broken });
    const { connection } = await connect();
    expect((await manager.send(connection, 1)).error?.code).toBe("SERIALIZE_FAILED");
  });
});
