import { metrics, trace } from "@opentelemetry/api";
import { createWebSocketManager, unwrap, type WebSocketManager } from "@outsock/core";
import { createMemoryNetwork } from "@outsock/transport-memory";
import { afterEach, expect, it } from "vitest";
import { otelStats } from "../../src/index.ts";
import { server, url } from "../support/scene.ts";
import { telemetry, unregisterAll } from "../support/telemetry.ts";

afterEach(unregisterAll);

/** A manager whose sink was made before any SDK. */
function early(): WebSocketManager {
  const network = createMemoryNetwork();
  network.listen("wss://api.example.com", (peer) => peer.onMessage((message) => peer.send(message)));
  const stats = otelStats();
  return createWebSocketManager({ transport: stats.traced(network.transport()), statsSink: stats });
}

it("an SDK registered after the sink, and after operations, is used", async () => {
  const manager = early();
  await manager.request(url, "unheard");
  const { meterProvider, tracerProvider, spans, points } = telemetry();
  metrics.setGlobalMeterProvider(meterProvider);
  trace.setGlobalTracerProvider(tracerProvider);
  await manager.request(url, "heard");
  expect(spans().map(({ name }) => name)).toEqual(["outsock.request"]);
  const [point] = await points("outsock.operation.duration");
  expect(point?.count).toBe(1);
});

it("connections opened before the SDK was registered are counted, and the count is never negative", async () => {
  const manager = early();
  const { connection } = unwrap(await manager.connect(url));
  unwrap(await manager.connect(url));
  const { meterProvider, points } = telemetry();
  metrics.setGlobalMeterProvider(meterProvider);
  await manager.close(connection);
  expect(await points("outsock.connection.count")).toEqual([{ attributes: server, count: 1, sum: 1 }]);
});

it("an SDK that replaces another one gets the open connections", async () => {
  const manager = early();
  const first = telemetry();
  metrics.setGlobalMeterProvider(first.meterProvider);
  const { connection } = unwrap(await manager.connect(url));
  metrics.disable();
  const second = telemetry();
  metrics.setGlobalMeterProvider(second.meterProvider);
  unwrap(await manager.connect(url));
  expect(await second.points("outsock.connection.count")).toEqual([{ attributes: server, count: 2, sum: 2 }]);
  await manager.close(connection);
  expect(await second.points("outsock.connection.count")).toEqual([{ attributes: server, count: 1, sum: 1 }]);
  metrics.disable();
  const third = telemetry();
  metrics.setGlobalMeterProvider(third.meterProvider);
  unwrap(await manager.connect(url));
  expect(await third.points("outsock.connection.count")).toEqual([{ attributes: server, count: 2, sum: 2 }]);
});

it("a tracer provider that replaces another one is used", async () => {
  const manager = early();
  const first = telemetry();
  trace.setGlobalTracerProvider(first.tracerProvider);
  await manager.request(url, "first");
  trace.disable();
  const second = telemetry();
  trace.setGlobalTracerProvider(second.tracerProvider);
  await manager.request(url, "second");
  expect([first.spans().length, second.spans().length]).toEqual([1, 1]);
});

it("an operation called before the SDK was registered has no span", async () => {
  const manager = early();
  const { connection } = unwrap(await manager.connect(url));
  const pending = manager.receive(connection);
  const { tracerProvider, spans } = telemetry();
  trace.setGlobalTracerProvider(tracerProvider);
  unwrap(await manager.send(connection, "hello"));
  await pending;
  expect(spans().map(({ name }) => name)).toEqual(["outsock.send"]);
});
