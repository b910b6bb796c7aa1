import { Metrics } from "@aws-lambda-powertools/metrics";
import { createWebSocketManager, unwrap } from "@outsock/core";
import { createMemoryNetwork } from "@outsock/transport-memory";
import { expect, it, vi } from "vitest";
import { emfStats } from "../../src/index.ts";
import { type EmfLine, written } from "../support/emf-lines.ts";
import { scene, url, valuesOf } from "../support/scene.ts";

/** A connection is opened over a sink on these metrics, and the figures of it are written. */
async function connected(metrics: Metrics): Promise<() => Promise<EmfLine[]>> {
  const stats = emfStats({ metrics });
  const network = createMemoryNetwork();
  network.listen("wss://api.example.com");
  const manager = createWebSocketManager({ transport: network.transport(), statsSink: stats });
  return async () => {
    unwrap(await manager.connect(url));
    return written(() => stats.flush({ metadata: { requestId: "r-1" } }));
  };
}

it("metrics that cannot be written are one warning and never an exception, and the rest is written", async () => {
  // A default dimension with the name of a figure is what Powertools refuses.
  const metrics = new Metrics({ namespace: "Outsock", serviceName: "orders" });
  metrics.setDefaultDimensions({ OpenConnections: "many" });
  const connect = await connected(metrics);
  const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
  const lines = await connect();
  expect(lines.map(({ dimensions }) => dimensions.Operation)).toEqual(["connect"]);
  await connect();
  expect(warn.mock.calls).toEqual([[expect.stringContaining("OpenConnections"), { code: "OUTSOCK_EMF" }]]);
  warn.mockRestore();
});

it("a line with too many dimensions leaves nothing in the following lines", async () => {
  const metrics = new Metrics({ namespace: "Outsock", serviceName: "orders" });
  const many = Array.from({ length: 28 }, (_, n) => [`dimension${n}`, "x"]);
  metrics.setDefaultDimensions(Object.fromEntries(many));
  const connect = await connected(metrics);
  const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
  const lines = await connect();
  expect(lines.map(({ metrics: { OpenConnections } }) => OpenConnections?.values)).toEqual([[1]]);
  expect(warn).toHaveBeenCalledTimes(1);
  warn.mockRestore();
  expect(metrics.hasStoredMetrics()).toBe(false);
  const next = await written(() => metrics.addMetric("Orders", "Count", 1).publishStoredMetrics());
  expect(next.map(({ metadata }) => metadata)).toEqual([{}]);
});

it("`using` flushes at the end of a block, also when it throws", async () => {
  const { manager, stats, clock } = scene();
  const handler = async (): Promise<void> => {
    using _flushed = stats;
    const pending = manager.request(url, "hello");
    await clock.advance(20);
    unwrap(await pending);
    throw new Error("the handler failed");
  };
  const lines = await written(() => handler().catch(() => undefined));
  expect(lines).toHaveLength(2);
  expect(valuesOf(lines[0])).toMatchObject({ Operations: [1] });
});

it("writes nothing if Powertools is disabled", async () => {
  process.env.POWERTOOLS_METRICS_DISABLED = "true";
  try {
    const { manager, flushed } = scene();
    unwrap(await manager.connect(url));
    expect(await flushed()).toEqual([]);
  } finally {
    delete process.env.POWERTOOLS_METRICS_DISABLED;
  }
});
