import { describe, expect, it } from "vitest";
import { slidingWindow, unwrap } from "../../src/index.ts";
import { scene } from "../support/scene.ts";

describe("stats", () => {
  it("start at zero, with the limit's own figures", () => {
    expect(scene().manager.getStats()).toEqual({
      totalOperations: 0,
      connectionsCount: 0,
      messagesSentCount: 0,
      messagesReceivedCount: 0,
      messagesDroppedCount: 0,
      errorsCount: 0,
      rateLimitedCount: 0,
      rateLimitFallbacksCount: 0,
      openConnections: 0,
      currentRateLimitSize: 0,
      maxRateLimit: 300,
      rateLimitWindowMs: 1_000,
    });
  });

  it("go back to zero on reset, except what is still open", async () => {
    const { manager, connect } = scene();
    const { connection } = await connect();
    await manager.send(connection, undefined);
    expect(await manager.reset()).toBe(true);
    expect(manager.getStats()).toMatchObject({
      totalOperations: 0,
      errorsCount: 0,
      connectionsCount: 0,
      currentRateLimitSize: 0,
      openConnections: 1,
    });
    await manager.close(connection);
    expect(manager.getStats().openConnections).toBe(0);
  });

  it("carry the caller's correlation id in the result, the error and every event of the operation", async () => {
    const { manager, connect, sink } = scene({ rateLimiter: slidingWindow({ limit: 6 }) });
    const { connection, channel } = await connect();
    sink.clear();
    channel.deliver(1);
    expect(unwrap(await manager.send(connection, 1, { correlationId: "s" })).correlationId).toBe("s");
    expect(unwrap(await manager.receive(connection, { correlationId: "r" })).correlationId).toBe("r");
    expect((await manager.send(connection, undefined, { correlationId: "bad" })).error?.correlationId).toBe(
      "bad",
    );
    expect(unwrap(await manager.close(connection, { correlationId: "c" })).correlationId).toBe("c");
    expect(await manager.reset({ correlationId: "x" })).toBe(true);
    await manager.connect("ws://peer.test/", { correlationId: "o" });
    expect((await manager.request("ws://peer.test/", 1, { correlationId: "q", timeoutMs: 0 })).success).toBe(
      false,
    );
    const ids = (id: string): readonly string[] =>
      sink.events
        .filter((event) => "correlationId" in event && event.correlationId === id)
        .map(({ type }) => type);
    expect(ids("s")).toEqual([
      "operation-called",
      "operation-started",
      "message-sent",
      "operation-succeeded",
    ]);
    expect(ids("r")).toEqual([
      "operation-called",
      "operation-started",
      "message-received",
      "operation-succeeded",
    ]);
    expect(ids("bad")).toEqual(["operation-called", "operation-started", "operation-failed"]);
    expect(ids("c")).toEqual(["operation-called", "operation-started", "operation-succeeded"]);
    expect(ids("x")).toEqual(["operation-called", "operation-started", "operation-succeeded"]);
    expect(ids("o")).toEqual([
      "operation-called",
      "operation-started",
      "connection-opened",
      "operation-succeeded",
    ]);
  });

  it("tell of a refusal under its correlation id, and of nothing else", async () => {
    const { manager, sink } = scene({ rateLimiter: slidingWindow({ limit: 1 }) });
    await manager.request("ws://peer.test/", 1, { correlationId: "refused" });
    const operation = { operation: "request", correlationId: "refused", startedAtMs: 1_000, atMs: 1_000 };
    expect(sink.events).toEqual([
      { type: "operation-called", ...operation, operationId: expect.any(Number) },
      {
        type: "rate-limited",
        ...operation,
        operationId: sink.of("operation-called")[0]?.operationId,
        durationMs: 0,
        timings: { admission: 0 },
        source: "local",
      },
    ]);
  });

  it("count as operations only what was admitted", async () => {
    const { manager } = scene();
    await manager.connect("ws://peer.test/", { signal: AbortSignal.abort() });
    await manager.dispose();
    await manager.connect("ws://peer.test/");
    expect(manager.getStats()).toMatchObject({ totalOperations: 0, errorsCount: 2, currentRateLimitSize: 0 });
  });

  it("make correlation ids that differ, also between managers", async () => {
    const ids = new Set<string | undefined>();
    for (const { manager } of [scene(), scene()]) {
      for (let turn = 0; turn < 50; turn += 1) ids.add((await manager.connect("")).error?.correlationId);
    }
    expect(ids.size).toBe(100);
  });

  it("never hold a payload, a header or a secret of the URL", async () => {
    const { manager, transport, sink } = scene();
    const { connection } = unwrap(
      await manager.connect("wss://us:hunter2@peer.test/?token=hunter2", { headers: { cookie: "hunter2" } }),
    );
    transport.channel.deliver("hunter2");
    await manager.send(connection, "hunter2");
    await manager.receive(connection);
    transport.channel.end({ code: 4000, reason: "hunter2", clean: true });
    expect(JSON.stringify([sink.events, connection, manager.getStats()])).not.toContain("hunter2");
  });

  it("are not disturbed by a sink whose promise is rejected", async () => {
    const rejected: unknown[] = [];
    const note = (reason: unknown): unknown => rejected.push(reason);
    process.on("unhandledRejection", note);
    const { manager } = scene({ statsSink: { record: async () => Promise.reject(new Error("sink")) } });
    await manager.connect("ws://peer.test/");
    await new Promise(setImmediate);
    process.off("unhandledRejection", note);
    expect(rejected).toEqual([]);
  });

  it("are not disturbed by a sink that throws", async () => {
    const { manager } = scene({
      statsSink: {
        record() {
          throw new Error("sink");
        },
      },
    });
    const { connection } = unwrap(await manager.connect("ws://peer.test/"));
    expect((await manager.send(connection, 1)).success).toBe(true);
    expect((await manager.close(connection)).success).toBe(true);
    expect(manager.getStats().messagesSentCount).toBe(1);
  });
});
