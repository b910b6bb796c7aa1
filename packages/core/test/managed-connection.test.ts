import { describe, expect, it } from "vitest";
import { unwrap } from "../src/index.ts";
import { puppetTransport } from "./support/puppet.ts";
import { scene } from "./support/scene.ts";

describe("a full inbox", () => {
  it("pauses reading, keeps what still comes, and reads on when half is taken", async () => {
    const { manager, connect } = scene({ inbox: { maxMessages: 4 } });
    const { connection, channel } = await connect();
    for (let message = 0; message < 6; message += 1) channel.deliver(message);
    expect(channel.calls).toEqual(["pause"]);
    for (let message = 0; message < 3; message += 1) await manager.receive(connection);
    expect(channel.calls).toEqual(["pause"]);
    await manager.receive(connection);
    expect(channel.calls).toEqual(["pause", "resume"]);
    expect(unwrap(await manager.receive(connection)).response).toBe(4);
    expect(manager.getStats().messagesDroppedCount).toBe(0);
  });

  it("is full by bytes as well", async () => {
    const { connect } = scene({ inbox: { maxBytes: 10 } });
    const { channel } = await connect();
    channel.deliver("123456789");
    expect(channel.calls).toEqual(["pause"]);
  });

  it("pauses for what came before the connection was open", async () => {
    const { manager, transport } = scene({ inbox: { maxMessages: 2 } });
    transport.onOpen = (channel) => {
      channel.deliver(1);
      channel.deliver(2);
    };
    await manager.connect("ws://peer.test/");
    expect(transport.channel.calls).toEqual(["pause"]);
  });

  it("reads on before it closes, so that the peer's answer is seen", async () => {
    const { manager, connect } = scene({ inbox: { maxMessages: 1 } });
    const { connection, channel } = await connect();
    channel.deliver(1);
    expect((await manager.close(connection)).data?.clean).toBe(true);
    expect(channel.calls).toEqual(["pause", "resume", "close 1000"]);
  });

  it("drops and counts the oldest under drop-oldest", async () => {
    const { manager, connect, sink } = scene({ inbox: { maxMessages: 2, overflow: "drop-oldest" } });
    const { connection, channel } = await connect();
    for (let message = 0; message < 5; message += 1) channel.deliver(message);
    expect(unwrap(await manager.receive(connection)).response).toBe(3);
    expect(manager.getStats().messagesDroppedCount).toBe(3);
    expect(sink.of("message-dropped")).toHaveLength(3);
    expect(channel.calls).toEqual([]);
  });

  it("never drops the only message, however large", async () => {
    const { manager, connect } = scene({ inbox: { maxBytes: 1, overflow: "drop-oldest" } });
    const { connection, channel } = await connect();
    channel.deliver("large");
    expect(unwrap(await manager.receive(connection)).response).toBe("large");
  });

  it("ends the connection under close: what was held is received, then INBOX_OVERFLOW", async () => {
    const { manager, connect } = scene({ inbox: { maxMessages: 1, overflow: "close" } });
    const { connection, channel } = await connect();
    channel.deliver(1);
    channel.deliver(2);
    expect(channel.calls).toEqual(["terminate"]);
    expect(unwrap(await manager.receive(connection)).response).toBe(1);
    expect(unwrap(await manager.receive(connection)).response).toBe(2);
    expect((await manager.receive(connection)).error).toMatchObject({
      code: "INBOX_OVERFLOW",
      phase: "receive",
    });
  });

  it("ends the connection where the transport cannot pause", async () => {
    const { manager, connect } = scene({ inbox: { maxMessages: 1 } }, puppetTransport({ pause: false }));
    const { connection, channel } = await connect();
    channel.deliver(1);
    channel.deliver(2);
    await manager.receive(connection);
    await manager.receive(connection);
    expect((await manager.receive(connection)).error?.code).toBe("INBOX_OVERFLOW");
  });

  it("bounds what comes while closing", async () => {
    const { manager, connect } = scene({ inbox: { maxMessages: 2 } });
    const { connection, channel } = await connect();
    channel.answersClose = false;
    void manager.close(connection);
    for (let message = 0; message < 5; message += 1) channel.deliver(message);
    expect(manager.getStats().messagesDroppedCount).toBe(3);
  });
});
