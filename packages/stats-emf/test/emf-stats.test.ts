import { MetricUnit } from "@aws-lambda-powertools/metrics";
import { type RateLimiter, slidingWindow, unwrap } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { scene, service, url, valuesOf } from "./support/scene.ts";

describe("a flush", () => {
  it("writes a line for the totals, one for each kind of operation, one for each error code", async () => {
    const { manager, clock, flushed } = scene();
    const answered = manager.request(url, "hello");
    await clock.advance(20);
    unwrap(await answered);
    const silent = manager.request(url, "silence", { timeoutMs: 3_000, correlationId: "order-4711" });
    await clock.advance(3_000);
    await silent;
    const { connection } = unwrap(await manager.connect(url));
    expect(connection.state).toBe("open");

    const [all, request, connect, timeouts, ...more] = await flushed();
    expect(more).toEqual([]);
    expect(all?.namespace).toBe("Outsock");
    expect(all?.dimensions).toEqual(service);
    expect(valuesOf(all)).toEqual({
      Operations: [3],
      OperationErrors: [1],
      ConnectDuration: [0, 0, 0],
      ConnectionsOpened: [3],
      ConnectionsClosed: [2],
      OpenConnections: [1],
      MessagesSent: [2],
      MessagesReceived: [1],
      ReceivedBytes: ['"hello"'.length],
    });
    expect(request?.dimensions).toEqual({ ...service, Operation: "request" });
    expect(valuesOf(request)).toEqual({
      Operations: [2],
      OperationErrors: [1],
      OperationDuration: [20, 3_000],
    });
    expect(connect?.dimensions).toEqual({ ...service, Operation: "connect" });
    expect(valuesOf(connect)).toEqual({ Operations: [1], OperationErrors: [0], OperationDuration: [0] });
    expect(timeouts?.dimensions).toEqual({ ...service, Code: "RECEIVE_TIMEOUT" });
    expect(valuesOf(timeouts)).toEqual({ OperationErrors: [1] });
    expect(timeouts?.metadata).toEqual({
      lastOperation: "request",
      lastPhase: "receive",
      lastCorrelationId: "order-4711",
    });
  });

  it("writes nothing if nothing happened, and nothing twice", async () => {
    const { manager, clock, flushed } = scene();
    expect(await flushed()).toEqual([]);
    const pending = manager.request(url, "hello");
    expect(await flushed()).toEqual([]);
    await clock.advance(20);
    unwrap(await pending);
    expect((await flushed()).length).toBe(2);
    expect(await flushed()).toEqual([]);
    expect(await manager.reset()).toBe(true);
    expect((await flushed()).map(({ dimensions }) => dimensions.Operation)).toEqual([undefined, "reset"]);
  });

  it("writes later what happens between two invocations", async () => {
    const { manager, clock, peers, flushed } = scene();
    unwrap(await manager.connect(url));
    expect(valuesOf((await flushed())[0])).toMatchObject({ ConnectionsOpened: [1], OpenConnections: [1] });
    // Nothing happened since, and the connection is open.
    expect((await flushed()).map(valuesOf)).toEqual([{ OpenConnections: [1] }]);
    clock.freeze(600_000);
    peers[0]?.drop();
    await clock.advance(0);
    expect((await flushed()).map(valuesOf)).toEqual([{ ConnectionsClosed: [1], OpenConnections: [0] }]);
  });

  it("writes rate limits and fallbacks, which are neither errors nor durations", async () => {
    const local = slidingWindow({ limit: 2, windowMs: 1_000 });
    const rateLimiter: RateLimiter = {
      acquire: (...asked) => {
        const decision = local.acquire(...asked);
        return decision instanceof Promise ? decision : { ...decision, source: "fallback" };
      },
      refund: (cost, decision) => local.refund(cost, decision),
      usage: (options) => local.usage(options),
      reset: () => local.reset(),
    };
    const { manager, flushed } = scene({ rateLimiter });
    const { connection } = unwrap(await manager.connect(url));
    await manager.send(connection, "one");
    await manager.send(connection, "two");
    const [all, , send] = await flushed();
    expect(valuesOf(all)).toMatchObject({ Operations: [3], OperationErrors: [0], RateLimited: [1] });
    expect(valuesOf(all)).toMatchObject({ RateLimitFallbacks: [3] });
    expect(valuesOf(send)).toEqual({
      Operations: [2],
      OperationErrors: [0],
      RateLimited: [1],
      OperationDuration: [0],
    });
  });

  it("writes messages that a full inbox dropped", async () => {
    const { manager, clock, flushed } = scene({ inbox: { maxMessages: 1, overflow: "drop-oldest" } });
    const { connection } = unwrap(await manager.connect(url));
    for (const message of ["a", "b", "c"]) await manager.send(connection, message);
    await clock.advance(20);
    expect(valuesOf((await flushed())[0])).toMatchObject({ MessagesSent: [3], MessagesDropped: [2] });
  });

  it("loses nothing at Powertools' hundredth value: 300 sends are one line and 99 values", async () => {
    const { manager, flushed } = scene({ rateLimiter: slidingWindow({ limit: 1_000 }) });
    const { connection } = unwrap(await manager.connect(url));
    for (let n = 0; n < 300; n += 1) unwrap(await manager.send(connection, n));
    const lines = await flushed();
    expect(lines).toHaveLength(3);
    expect(valuesOf(lines[0])).toMatchObject({ Operations: [301], MessagesSent: [300] });
    const send = lines.filter(({ dimensions }) => dimensions.Operation === "send");
    expect(send).toHaveLength(1);
    expect(valuesOf(send[0])).toMatchObject({ Operations: [300], OperationErrors: [0] });
    expect(send[0]?.metrics.OperationDuration?.values).toHaveLength(99);
  });
});

describe("ids", () => {
  it("are metadata and never dimensions", async () => {
    const { manager, clock, flushed } = scene();
    const silent = manager.request(url, "silence", { timeoutMs: 100, correlationId: "order-4711" });
    await clock.advance(100);
    await silent;
    const lines = await flushed({ metadata: { requestId: "r-1", tenant: undefined } });
    expect(lines).toHaveLength(3);
    for (const { dimensions, metadata, text } of lines) {
      expect(metadata.requestId).toBe("r-1");
      expect(metadata).not.toHaveProperty("tenant");
      expect(Object.keys(dimensions).every((name) => ["service", "Operation", "Code"].includes(name))).toBe(
        true,
      );
      expect(text).not.toMatch(/secret|hush|silence/);
    }
  });

  it("belong to the last failure with a code", async () => {
    const { manager, clock, flushed } = scene();
    for (const correlationId of ["first", "second"]) {
      const silent = manager.request(url, "silence", { timeoutMs: 100, correlationId });
      await clock.advance(100);
      await silent;
    }
    const timeouts = (await flushed()).at(-1);
    expect(valuesOf(timeouts)).toEqual({ OperationErrors: [2] });
    expect(timeouts?.metadata.lastCorrelationId).toBe("second");
  });

  it("are cut to 256 characters", async () => {
    const { manager, clock, flushed } = scene();
    const silent = manager.request(url, "silence", { timeoutMs: 100, correlationId: "x".repeat(10_000) });
    await clock.advance(100);
    await silent;
    expect((await flushed()).at(-1)?.metadata.lastCorrelationId).toBe("x".repeat(256));
  });
});

describe("a shared Metrics", () => {
  it("has its own metrics written first, separately and with its own dimensions", async () => {
    const { manager, metrics, flushed } = scene();
    unwrap(await manager.connect(url));
    metrics.addDimension("Tenant", "t-1").addMetadata("order", "7").addMetric("Orders", MetricUnit.Count, 2);
    const [theirs, all] = await flushed({ metadata: { requestId: "r-1" } });
    expect(theirs?.dimensions).toEqual({ ...service, Tenant: "t-1" });
    expect(theirs?.metadata).toEqual({ order: "7" });
    expect(valuesOf(theirs)).toEqual({ Orders: [2] });
    expect(all?.dimensions).toEqual(service);
    expect(all?.metadata).toEqual({ requestId: "r-1" });
  });
});
