import { context } from "@opentelemetry/api";
import { AlwaysOffSampler } from "@opentelemetry/sdk-trace";
import type { StatsEvent } from "@outsock/core";
import { afterEach, expect, it } from "vitest";
import { Servers } from "../src/servers.ts";
import { Spans } from "../src/spans.ts";
import { callEvents, scene, url } from "./support/scene.ts";
import { registerContext, type Telemetry, telemetry, unregisterAll, within } from "./support/telemetry.ts";

afterEach(unregisterAll);

function spansOf({ tracerProvider }: Telemetry): Spans {
  return new Spans({ tracerProvider, operations: undefined, rpcSystemName: "test", servers: new Servers() });
}

const ends = ["operation-succeeded", "operation-failed", "rate-limited"] as const;

it.each(ends)("nothing is kept of an operation that ended as %s", (type) => {
  const spans = spansOf(telemetry());
  const [called, started, ended] = callEvents({ type });
  for (const event of [called, started]) if (event !== undefined) spans.record(event, undefined);
  expect(spans.size).toBe(1);
  if (ended !== undefined) spans.record(ended, undefined);
  expect(spans.size).toBe(0);
});

it("of operations that never end only so many are kept, and the ends of the others do no harm", () => {
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

it("without an SDK nothing is kept", () => {
  const spans = new Spans({
    tracerProvider: undefined,
    operations: undefined,
    rpcSystemName: "test",
    servers: new Servers(),
  });
  for (const event of dialEvents()) {
    spans.record(event, undefined);
    expect(spans.size).toBe(0);
  }
});

it("what is sampled out is kept for as long as it dials, and only where it does", () => {
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

it("nothing is kept after a manager's operations, however they ended", async () => {
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

it("the server of a URL is its host and its port", () => {
  const servers = new Servers();
  const of = (url: string | undefined) => Object.values(servers.of(url) ?? {});
  expect(of("wss://api.example.com/v1?***")).toEqual(["api.example.com", 443]);
  expect(of("ws://api.example.com")).toEqual(["api.example.com", 80]);
  expect(of("ws://[::1]:8080/")).toEqual(["::1", 8080]);
  expect(of("what")).toEqual([]);
  expect(of(undefined)).toEqual([]);
  expect(servers.of("ws://a.example")).toBe(servers.of("ws://a.example"));
});

it("the context of an operation that has ended is not told any more", () => {
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
