import { describe, expect, it } from "vitest";
import { isOutsockError, slidingWindow, unwrap } from "../src/index.ts";
import { scene } from "./support/scene.ts";

async function collect(messages: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const message of messages) all.push(message);
  return all;
}

describe("iterating over a connection", () => {
  it.each([1000, 1001, 1005])("ends after the last message at a clean close with %i", async (code) => {
    const { connect } = scene();
    const { connection, channel } = await connect();
    channel.deliver(1);
    const collected = collect(connection);
    channel.deliver(2);
    channel.end({ code, reason: "", clean: true });
    expect(await collected).toEqual([1, 2]);
  });

  it.each([
    { code: 1006, reason: "", clean: false },
    { code: 4401, reason: "unauthorized", clean: true },
    { code: 1011, reason: "", clean: true },
  ])("throws after the last message at any other end: %o", async (end) => {
    const { connect } = scene();
    const { connection, channel } = await connect();
    channel.deliver(1);
    channel.end(end);
    const got: unknown[] = [];
    const error: unknown = await (async () => {
      for await (const message of connection) got.push(message);
    })().catch((thrown: unknown) => thrown);
    expect(got).toEqual([1]);
    expect(isOutsockError(error)).toBe(true);
    expect(error).toMatchObject({ code: "CONNECTION_CLOSED", closeCode: end.code });
  });

  it("does not close when the loop is left, and loses nothing", async () => {
    const { manager, connect } = scene();
    const { connection, channel } = await connect();
    channel.deliver(1);
    channel.deliver(2);
    for await (const message of connection) {
      expect(message).toBe(1);
      break;
    }
    expect(connection.state).toBe("open");
    expect(unwrap(await manager.receive(connection)).response).toBe(2);
  });

  it("returned while it waits, gives its place up", async () => {
    const { manager, connect } = scene();
    const { connection, channel } = await connect();
    const iterator = connection[Symbol.asyncIterator]();
    const next = iterator.next();
    await iterator.return?.();
    expect(await next).toEqual({ done: true, value: undefined });
    channel.deliver("for the receive");
    expect(unwrap(await manager.receive(connection)).response).toBe("for the receive");
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it("serves several nexts at once in order", async () => {
    const { connect } = scene();
    const { connection, channel } = await connect();
    const iterator = connection[Symbol.asyncIterator]();
    const nexts = [iterator.next(), iterator.next()];
    channel.deliver(1);
    channel.deliver(2);
    expect((await Promise.all(nexts)).map(({ value }) => value)).toEqual([1, 2]);
  });

  it("throws PARSE_FAILED for a message it cannot read; a new loop goes on behind it", async () => {
    const { connect } = scene();
    const { connection, channel } = await connect();
    channel.deliverText("nonsense");
    channel.deliver("sense");
    channel.end({ code: 1000, reason: "", clean: true });
    await expect(collect(connection)).rejects.toMatchObject({ code: "PARSE_FAILED" });
    expect(await collect(connection)).toEqual(["sense"]);
  });

  it("asks no rate limiter, and counts what it took", async () => {
    const { manager, connect } = scene({ rateLimiter: slidingWindow({ limit: 1 }) });
    const { connection, channel } = await connect();
    for (let message = 0; message < 500; message += 1) channel.deliver(message);
    channel.end({ code: 1000, reason: "", clean: true });
    expect(await collect(connection)).toHaveLength(500);
    expect(manager.getStats()).toMatchObject({ messagesReceivedCount: 500, rateLimitedCount: 0 });
  });

  it("closes with await using", async () => {
    const { connect } = scene();
    const { connection, channel } = await connect();
    {
      await using held = connection;
      expect(held.state).toBe("open");
    }
    expect(channel.calls).toEqual(["close 1000"]);
    expect(connection.state).toBe("closed");
  });
});
