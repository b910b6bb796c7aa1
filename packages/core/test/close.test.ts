import { describe, expect, it } from "vitest";
import { unwrap } from "../src/index.ts";
import { scene } from "./support/scene.ts";

describe("close", () => {
  it("shakes hands and tells how it ended", async () => {
    const { manager, connect } = scene();
    const { connection, channel } = await connect();
    const closed = await manager.close(connection, { code: 4000, reason: "done", correlationId: "c" });
    expect(closed.data).toEqual({ code: 4000, reason: "done", clean: true, correlationId: "c" });
    expect(channel.calls).toEqual(["close 4000 done"]);
    expect(connection.state).toBe("closed");
  });

  it("destroys the socket of a peer that never answers, in bounded time", async () => {
    const { manager, connect, clock } = scene({ closeTimeoutMs: 1_000 });
    const { connection, channel } = await connect();
    channel.answersClose = false;
    const closing = manager.close(connection);
    expect(connection.state).toBe("closing");
    await clock.advance(1_000);
    expect((await closing).data).toMatchObject({ code: 1006, clean: false });
    expect(channel.calls).toEqual(["close 1000", "terminate"]);
    expect(clock.referencedTimers).toBe(0);
  });

  it("gives a connection up whose transport never reports its end, and says CLOSE_FAILED", async () => {
    const { manager, connect, clock } = scene({ closeTimeoutMs: 1_000 });
    const { connection, channel } = await connect();
    channel.answersClose = false;
    channel.reportsTerminate = false;
    const closing = manager.close(connection, { timeoutMs: 500 });
    await clock.advance(750);
    expect((await closing).error).toMatchObject({ code: "CLOSE_FAILED", phase: "close", retryable: false });
    expect(connection.state).toBe("closed");
    expect(manager.getStats().openConnections).toBe(0);
  });

  it("gives everyone who closes it the same answer", async () => {
    const { manager, connect, clock } = scene();
    const { connection, channel } = await connect();
    channel.answersClose = false;
    channel.reportsTerminate = false;
    const both = [
      manager.close(connection, { timeoutMs: 500 }),
      manager.close(connection, { timeoutMs: 900 }),
    ];
    await clock.advance(2_000);
    for (const { error } of await Promise.all(both)) expect(error?.code).toBe("CLOSE_FAILED");
    expect((await manager.close(connection)).error?.code).toBe("CLOSE_FAILED");
  });

  it("destroys at once with a timeout of 0", async () => {
    const { manager, connect } = scene();
    const { connection, channel } = await connect();
    expect((await manager.close(connection, { timeoutMs: 0 })).data).toMatchObject({
      code: 1006,
      clean: false,
    });
    expect(channel.calls).toEqual(["terminate"]);
  });

  it("destroys the socket when the transport fails to start the handshake", async () => {
    const { manager, connect } = scene();
    const { connection, channel } = await connect();
    channel.close = () => {
      throw new Error("no");
    };
    expect((await manager.close(connection)).data?.code).toBe(1006);
  });

  it("succeeds again on a closed connection, and joins a close under way", async () => {
    const { manager, connect } = scene();
    const { connection, channel } = await connect();
    channel.answersClose = false;
    const both = [manager.close(connection), manager.close(connection)];
    channel.end({ code: 1000, reason: "", clean: true });
    for (const { data } of await Promise.all(both)) expect(data).toMatchObject({ code: 1000, clean: true });
    expect((await manager.close(connection)).data).toMatchObject({ code: 1000, clean: true });
    expect(channel.calls).toEqual(["close 1000"]);
  });

  it("refuses new sends while closing, and still receives what comes before the peer's answer", async () => {
    const { manager, connect } = scene();
    const { connection, channel } = await connect();
    channel.answersClose = false;
    const receiving = manager.receive(connection);
    const closing = manager.close(connection);
    expect((await manager.send(connection, 1)).error).toMatchObject({
      code: "CONNECTION_CLOSED",
      sent: "no",
    });
    channel.deliver("reply");
    channel.end({ code: 1000, reason: "", clean: true });
    expect(unwrap(await receiving).response).toBe("reply");
    expect((await closing).success).toBe(true);
  });

  it("answers NO_CONNECTION for what is no connection", async () => {
    const { manager } = scene();
    // @ts-expect-error: callers without types
    expect((await manager.close({})).error).toMatchObject({ code: "NO_CONNECTION", phase: "close" });
  });
});
