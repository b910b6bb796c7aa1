import { DataPointType } from "@opentelemetry/sdk-metrics";
import { type RateLimiter, slidingWindow, unwrap } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { otelMetricNames } from "../src/index.ts";
import { callEvents, scene, server, url } from "./support/scene.ts";

const ok = { "outsock.operation": "request", ...server };

describe("operations", () => {
  it("a request's duration is in seconds, with its operation and its server", async () => {
    const { manager, clock, points } = scene();
    const { connection } = unwrap(await manager.connect(url));
    const pending = manager.receive(connection, { timeoutMs: 5_000 });
    await clock.advance(1_500);
    unwrap(await manager.send(connection, "hello"));
    await pending;
    const attributes = { "outsock.operation": "receive", ...server };
    expect(await points("outsock.operation.duration")).toContainEqual({ attributes, count: 1, sum: 1.5 });
  });

  it("each phase has its own duration", async () => {
    const { manager, clock, points } = scene();
    const pending = manager.request(url, "silence", { timeoutMs: 3_000 });
    await clock.advance(3_000);
    await pending;
    const taken = await points("outsock.operation.phase.duration");
    expect(taken).toContainEqual({ attributes: { ...ok, "outsock.phase": "connect" }, count: 1, sum: 0 });
    expect(taken).toContainEqual({
      attributes: { ...ok, "outsock.phase": "receive", "error.type": "RECEIVE_TIMEOUT" },
      count: 1,
      sum: 3,
    });
  });

  it("failures are distinguished by code", async () => {
    const { manager, points } = scene();
    await manager.request("ws://nobody.example.com:8080/x?y=z", "hello");
    const attributes = {
      "outsock.operation": "request",
      "server.address": "nobody.example.com",
      "server.port": 8080,
      "error.type": "CONNECT_FAILED",
    };
    expect(await points("outsock.operation.duration")).toEqual([{ attributes, count: 1, sum: 0 }]);
  });

  it("a session's call is also an RPC; a request is not", async () => {
    const { stats, manager, points } = scene({ stats: { rpcSystemName: "jsonrpc" } });
    await manager.request(url, "hello");
    for (const event of callEvents({ type: "operation-succeeded" })) stats.record(event);
    for (const event of callEvents({ type: "operation-failed" })) stats.record(event);
    const rpc = { "rpc.system.name": "jsonrpc", "rpc.method": "eth_call", ...server };
    expect(await points("rpc.client.call.duration")).toEqual([
      { attributes: rpc, count: 1, sum: 0.25 },
      { attributes: { ...rpc, "error.type": "REMOTE_ERROR" }, count: 1, sum: 0.25 },
    ]);
    const all = await points("outsock.operation.duration");
    expect(all.map(({ attributes }) => attributes["outsock.operation"])).toEqual(["request", "call", "call"]);
  });
});

describe("connections", () => {
  it("are counted up and down, and their duration is recorded", async () => {
    const { manager, clock, points } = scene();
    const { connection } = unwrap(await manager.connect(url));
    unwrap(await manager.connect(url));
    expect(await points("outsock.connection.count")).toEqual([{ attributes: server, count: 2, sum: 2 }]);
    await clock.advance(60_000);
    await manager.close(connection);
    expect(await points("outsock.connection.count")).toEqual([{ attributes: server, count: 1, sum: 1 }]);
    expect(await points("outsock.connection.duration")).toEqual([{ attributes: server, count: 1, sum: 60 }]);
  });

  it("a reset of the manager resets nothing here", async () => {
    const { manager, points } = scene();
    unwrap(await manager.connect(url));
    await manager.reset();
    expect(await points("outsock.connection.count")).toEqual([{ attributes: server, count: 1, sum: 1 }]);
  });
});

describe("messages", () => {
  it("are counted by direction, and the size of received messages is recorded in bytes", async () => {
    const { manager, clock, peers, points, collect } = scene({
      manager: { codec: "text", inbox: { maxMessages: 1, overflow: "drop-oldest" } },
    });
    const { connection } = unwrap(await manager.connect(url));
    unwrap(await manager.send(connection, "hello"));
    unwrap(await manager.receive(connection));
    peers[0]?.send("one");
    peers[0]?.send("two");
    await clock.advance(0);
    unwrap(await manager.receive(connection));
    const directed = (direction: string, count: number) => ({
      attributes: { "outsock.message.direction": direction, ...server },
      count,
      sum: count,
    });
    const counted = await points("outsock.message.count");
    expect(counted).toHaveLength(3);
    expect(counted).toEqual(
      expect.arrayContaining([directed("sent", 1), directed("received", 2), directed("dropped", 1)]),
    );
    const size = (await collect()).find(({ descriptor }) => descriptor.unit === "By");
    if (size?.dataPointType !== DataPointType.HISTOGRAM) throw new Error("no size");
    expect(size.dataPoints[0]?.value.buckets.boundaries).toContain(1_048_576);
    expect(await points("outsock.message.size")).toEqual([{ attributes: server, count: 2, sum: 8 }]);
  });
});

describe("the rate limit", () => {
  it("a refusal is counted, and is a failed operation", async () => {
    const clock = scene().clock;
    const rateLimiter = slidingWindow({ limit: 4, windowMs: 1_000, clock });
    const { manager, points } = scene({ manager: { rateLimiter, clock } });
    await manager.request(url, "hello");
    await manager.request(url, "hello");
    const attributes = { "outsock.operation": "request" };
    expect(await points("outsock.rate_limit.rejected")).toEqual([{ attributes, count: 1, sum: 1 }]);
    expect(await points("outsock.operation.duration")).toContainEqual({
      attributes: { ...attributes, "error.type": "RATE_LIMITED" },
      count: 1,
      sum: 0,
    });
  });

  it("decisions without the store are counted, including refusals", async () => {
    const local = slidingWindow({ limit: 4 });
    const rateLimiter: RateLimiter = {
      acquire: (cost, options) => {
        const decision = local.acquire(cost, options);
        return decision instanceof Promise ? decision : { ...decision, source: "fallback" };
      },
      refund: () => undefined,
      usage: (options) => local.usage(options),
      reset: () => local.reset(),
    };
    const { manager, points } = scene({ manager: { rateLimiter } });
    await manager.request(url, "hello");
    await manager.request(url, "hello");
    expect(await points("outsock.rate_limit.fallback")).toEqual([
      { attributes: { "outsock.operation": "request" }, count: 2, sum: 2 },
    ]);
  });
});

it("no metric attribute contains an id, a path or a query", async () => {
  const { manager, stats, collect } = scene();
  await manager.request(url, "hello", { correlationId: "order-66" });
  await manager.request("ws://nobody.example.com/deep", "hello", { correlationId: "order-67" });
  for (const event of callEvents({ type: "rate-limited" })) stats.record(event);
  const attributes = (await collect()).flatMap((metric) =>
    metric.dataPoints.map((point) => point.attributes),
  );
  expect(attributes.length).toBeGreaterThan(10);
  expect(new Set(attributes.flatMap((one) => Object.keys(one)))).toEqual(
    new Set([
      "outsock.operation",
      "outsock.phase",
      "outsock.message.direction",
      "rpc.system.name",
      "rpc.method",
      "server.address",
      "server.port",
      "error.type",
    ]),
  );
  expect(JSON.stringify(attributes)).not.toMatch(/order-|hush|v1|secret|deep|call-1|abc-c1/);
});

it("the buckets of durations are in seconds", async () => {
  const { manager, stats, collect } = scene();
  await manager.request(url, "hello");
  for (const event of callEvents({ type: "operation-succeeded" })) stats.record(event);
  const durations = (await collect()).filter(({ descriptor }) => descriptor.unit === "s");
  expect(durations.map(({ descriptor }) => descriptor.name).sort()).toEqual(
    [
      otelMetricNames.callDuration,
      otelMetricNames.connectionDuration,
      otelMetricNames.operationDuration,
      otelMetricNames.phaseDuration,
    ].sort(),
  );
  for (const metric of durations) {
    if (metric.dataPointType !== DataPointType.HISTOGRAM) throw new Error(metric.descriptor.name);
    const boundaries = metric.dataPoints[0]?.value.buckets.boundaries ?? [];
    // The SDK's own begin with 0, 5, 10 and end with 10,000, which is for milliseconds.
    expect(boundaries[0]).toBeLessThanOrEqual(0.01);
    expect(boundaries).not.toContain(10_000);
  }
});
