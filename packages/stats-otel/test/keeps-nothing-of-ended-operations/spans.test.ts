import { context } from "@opentelemetry/api";
import { AlwaysOffSampler } from "@opentelemetry/sdk-trace";
import type { StatsEvent } from "@outsock/core";
import { afterEach, expect, it } from "vitest";
import { ServerAttributesCache } from "../../src/event-attributes.ts";
import { SpanRecorder } from "../../src/spans.ts";
import { callEvents, scene, url } from "../support/scene.ts";
import { registerContext, type Telemetry, telemetry, unregisterAll, within } from "../support/telemetry.ts";

afterEach(unregisterAll);

function spansOf({ tracerProvider }: Telemetry): SpanRecorder {
  return new SpanRecorder({
    tracerProvider,
    operations: undefined,
    rpcSystemName: "test",
    servers: new ServerAttributesCache(),
  });
}

const ends = ["operation-succeeded", "operation-failed", "rate-limited"] as const;

it.each(ends)("nothing is kept of an operation that ended with %s", (type) => {
  const spans = spansOf(telemetry());
  const [called, started, ended] = callEvents({ type });
  for (const event of [called, started]) if (event !== undefined) spans.record(event, undefined);
  expect(spans.size).toBe(1);
  if (ended !== undefined) spans.record(ended, undefined);
  expect(spans.size).toBe(0);
});

it("the number of spans kept for operations that never end is bounded, and a late end has no effect", () => {
  const at = telemetry();
  const spans = spansOf(at);
  for (let id = 0; id < 10_050; id += 1) {
    for (const event of callEvents({ type: "operation-succeeded" }, id).slice(0, 1))
      spans.record(event, undefined);
  }
  expect(spans.size).toBe(10_000);
  for (const event of callEvents({ type: "operation-succeeded" }, 0).slice(2)) spans.record(event, undefined);
  expect(at.spans()).toEqual([]);
});

it("nothing is kept without an SDK", () => {
  const spans = new SpanRecorder({
    tracerProvider: undefined,
    operations: undefined,
    rpcSystemName: "test",
    servers: new ServerAttributesCache(),
  });
  for (const event of dialEvents()) {
    spans.record(event, undefined);
    expect(spans.size).toBe(0);
  }
});

it("an operation that is not sampled is kept only while it dials", () => {
  registerContext();
  const spans = spansOf(telemetry(new AlwaysOffSampler()));
  for (const event of callEvents({ type: "operation-succeeded" }).slice(0, 2)) spans.record(event, undefined);
  expect(spans.size).toBe(0);
  const [called, ended] = dialEvents();
  if (called !== undefined) spans.record(called, undefined);
  expect(spans.contextOf(7)).toBeDefined();
  if (ended !== undefined) spans.record(ended, undefined);
  expect(spans.size).toBe(0);
});

it("nothing is kept after a manager's operations, however they end", async () => {
  registerContext();
  const at = scene();
  await Promise.all([
    at.manager.request(url, "hello"),
    at.manager.request("wss://nobody.example.com", "hello"),
    at.manager.request(url, "hello", { signal: AbortSignal.abort() }),
    at.manager.request("http://not-a-web-socket", "hello"),
    at.manager.reset(),
  ]);
  await at.manager.dispose();
  await at.manager.request(url, "hello");
  expect(at.spans()).toHaveLength(6);
  expect(at.spans().every(({ ended }) => ended)).toBe(true);
});

it("an operation that has ended has no context", () => {
  registerContext();
  const at = telemetry();
  const spans = spansOf(at);
  const [called, ended] = dialEvents();
  within(at, "handler", () => called !== undefined && spans.record(called, undefined));
  expect(spans.contextOf(7)).not.toBe(context.active());
  if (ended !== undefined) spans.record(ended, undefined);
  expect(spans.contextOf(7)).toBeUndefined();
});

function dialEvents(): StatsEvent[] {
  const of = { operation: "connect", operationId: 7, correlationId: "c", startedAtMs: 0, atMs: 0 } as const;
  return [
    { ...of, type: "operation-called" },
    { ...of, type: "operation-succeeded", durationMs: 5, timings: {} },
  ];
}
