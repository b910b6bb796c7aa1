import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AlwaysOffSampler } from "@opentelemetry/sdk-trace";
import { slidingWindow, unwrap } from "@outsock/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { callEvents, scene, server, url } from "./support/scene.ts";
import { inMs, registerContext, telemetry, unregisterAll, within } from "./support/telemetry.ts";

beforeEach(registerContext);
afterEach(unregisterAll);

it("an operation is one client span, a child of the span that is active at its call", async () => {
  const at = scene();
  const pending = within(at, "handler", () => at.manager.request(url, "hello"));
  await pending;
  const [handler, request] = at.spans();
  expect(at.spans().map(({ name }) => name)).toEqual(["handler", "outsock.request"]);
  expect(request?.kind).toBe(SpanKind.CLIENT);
  expect(request?.parentSpanContext?.spanId).toBe(handler?.spanContext().spanId);
  expect(request?.status.code).toBe(SpanStatusCode.UNSET);
});

it("a span has the attributes of its operation", async () => {
  const { manager, clock, spans } = scene();
  const pending = manager.request(url, "silence", { timeoutMs: 3_000, correlationId: "order-66" });
  await clock.advance(3_000);
  await pending;
  expect(spans()[0]?.attributes).toEqual({
    "outsock.operation": "request",
    "outsock.correlation_id": "order-66",
    "outsock.connection_id": expect.stringMatching(/-c1$/),
    "outsock.phase.admission_ms": 0,
    "outsock.phase.connect_ms": 0,
    "outsock.phase.send_ms": 0,
    "outsock.phase.receive_ms": 3_000,
    "outsock.phase.close_ms": 0,
    "outsock.failed_phase": "receive",
    "error.type": "RECEIVE_TIMEOUT",
    "network.protocol.name": "websocket",
    ...server,
  });
  expect(spans()[0]?.status).toEqual({ code: SpanStatusCode.ERROR });
});

it("no span contains the path or the query of the URL", async () => {
  const { manager, spans } = scene();
  await manager.request(url, "hello");
  const { attributes, name, events } = spans()[0] ?? {};
  expect(JSON.stringify({ attributes, name, events })).not.toMatch(/v1|secret|hush/);
});

it("a span starts by the wall clock at the call and lasts as long as the operation by the manager's clock", async () => {
  const { manager, clock, spans } = scene();
  const before = Date.now();
  const pending = manager.request(url, "silence", { timeoutMs: 90_000 });
  const after = Date.now();
  await clock.advance(90_000);
  await pending;
  const [span] = spans();
  expect(inMs(span?.startTime ?? [0, 0])).toBeGreaterThanOrEqual(before);
  expect(inMs(span?.startTime ?? [0, 0])).toBeLessThanOrEqual(after);
  expect(inMs(span?.duration ?? [0, 0])).toBe(90_000);
});

it("a span is as long as its operation, however long it takes to create", async () => {
  let now = 1_800_000_000_000;
  const wallClock = vi.spyOn(Date, "now").mockImplementation(() => {
    now += 10;
    return now;
  });
  try {
    const { manager, clock, spans } = scene();
    const pending = manager.request(url, "silence", { timeoutMs: 100 });
    await clock.advance(100);
    await pending;
    expect(inMs(spans()[0]?.duration ?? [0, 0])).toBe(100);
  } finally {
    wallClock.mockRestore();
  }
});

it("an operation that the rate limiter refuses has a failed span with the time to retry after", async () => {
  const { clock } = scene();
  const rateLimiter = slidingWindow({ limit: 4, windowMs: 1_000, clock });
  const { manager, spans } = scene({ manager: { rateLimiter, clock } });
  await manager.request(url, "hello");
  await manager.request(url, "hello");
  const refused = spans()[1];
  expect(refused?.attributes).toMatchObject({
    "error.type": "RATE_LIMITED",
    "outsock.failed_phase": "admission",
    "outsock.rate_limit.source": "local",
    "outsock.retry_after_ms": 1_000,
  });
  expect(refused?.status.code).toBe(SpanStatusCode.ERROR);
});

it("a session's call is an RPC", () => {
  const { stats, spans } = scene();
  for (const event of callEvents({ type: "operation-succeeded" })) stats.record(event);
  expect(spans()[0]?.name).toBe("outsock.call");
  expect(spans()[0]?.attributes).toMatchObject({ "rpc.system.name": "outsock", ...server });
  expect(inMs(spans()[0]?.duration ?? [0, 0])).toBe(250);
});

it("a local operation is an internal span", async () => {
  const { manager, spans } = scene();
  await manager.reset();
  expect(spans().map(({ name, kind }) => [name, kind])).toEqual([["outsock.reset", SpanKind.INTERNAL]]);
});

describe("links", () => {
  it("operations with one correlation id are linked, each to the previous one", async () => {
    const { manager, spans } = scene();
    const correlationId = "order-66";
    const { connection } = unwrap(await manager.connect(url, { correlationId }));
    unwrap(await manager.send(connection, "hello", { correlationId }));
    unwrap(await manager.receive(connection, { correlationId }));
    const [connect, send, receive] = spans();
    expect(connect?.links).toEqual([]);
    expect(send?.links.map((link) => link.context.spanId)).toEqual([connect?.spanContext().spanId]);
    expect(receive?.links.map((link) => link.context.spanId)).toEqual([send?.spanContext().spanId]);
  });

  it("the last thousand correlation ids are remembered", async () => {
    const { stats, spans } = scene();
    const call = (correlationId: string, operationId: number) => {
      for (const event of callEvents({ type: "operation-succeeded" }, operationId)) {
        stats.record("correlationId" in event ? { ...event, correlationId } : event);
      }
    };
    call("old", 1);
    call("kept", 2);
    for (let n = 0; n < 999; n += 1) call(`other-${n}`, 10 + n);
    call("kept", 3);
    call("old", 4);
    const [old, kept] = spans().slice(-2).reverse();
    expect(kept?.links).toHaveLength(1);
    expect(old?.links).toEqual([]);
  });
});

it("traces can be limited to some operations", async () => {
  const { manager, spans, points } = scene({ stats: { traces: ["send"] } });
  const { connection } = unwrap(await manager.connect(url));
  unwrap(await manager.send(connection, "hello"));
  expect(spans().map(({ name }) => name)).toEqual(["outsock.send"]);
  expect(await points("outsock.operation.duration")).toHaveLength(2);
});

it("metrics and traces can each be switched off", async () => {
  const untraced = scene({ stats: { traces: false } });
  await untraced.manager.request(url, "hello");
  expect(untraced.spans()).toEqual([]);
  expect(await untraced.points("outsock.operation.duration")).toHaveLength(1);
  const unmeasured = scene({ stats: { metrics: false } });
  await unmeasured.manager.request(url, "hello");
  expect(unmeasured.spans()).toHaveLength(1);
  expect(await unmeasured.collect()).toEqual([]);
});

it("an operation that is not sampled is not exported", async () => {
  const { manager, spans, points } = scene({ telemetry: telemetry(new AlwaysOffSampler()) });
  await manager.request(url, "hello");
  expect(spans()).toEqual([]);
  expect(await points("outsock.operation.duration")).toHaveLength(1);
});

it("the caller's active context is unchanged", async () => {
  const at = scene();
  await within(at, "handler", async () => {
    const before = trace.getSpan(context.active());
    const pending = at.manager.request(url, "hello");
    expect(trace.getSpan(context.active())).toBe(before);
    await pending;
    expect(trace.getSpan(context.active())).toBe(before);
  });
});

it("a span processor that throws affects neither results nor metrics", async () => {
  const at = telemetry();
  const startSpan = vi
    .spyOn(at.tracerProvider.getTracer("@outsock/stats-otel"), "startSpan")
    .mockImplementation(() => {
      throw new Error("no more spans");
    });
  const { manager, points } = scene({ telemetry: at });
  expect((await manager.request(url, "hello")).success).toBe(true);
  expect(startSpan).toHaveBeenCalledOnce();
  expect(await points("outsock.operation.duration")).toHaveLength(1);
});
