import { createWebSocketManager, type StatsSink, type Transport } from "@outsock/core";
import { createMemoryNetwork } from "@outsock/transport-memory";
import { type PooledTransport, pooled } from "@outsock/transport-pool";
import { afterEach, beforeEach, expect, it } from "vitest";
import { otelStats } from "../src/index.ts";
import { url } from "./support/scene.ts";
import { registerContext, telemetry, unregisterAll } from "./support/telemetry.ts";

beforeEach(registerContext);
afterEach(unregisterAll);

async function threeRequests(
  pool: PooledTransport,
  transport: Transport,
  statsSink: StatsSink,
): Promise<unknown> {
  const manager = createWebSocketManager({ transport, statsSink });
  for (const message of ["a", "b", "c"]) await manager.request(url, message);
  await manager.dispose();
  const { openedCount, reusedCount } = pool.getStats();
  await pool.dispose();
  return { openedCount, reusedCount };
}

it("below a pool one connection serves all requests, and above it none is used twice", async () => {
  const { meterProvider, tracerProvider } = telemetry();
  const stats = otelStats({ meterProvider, tracerProvider });
  const network = createMemoryNetwork();
  network.listen("wss://api.example.com", (peer) => peer.onMessage((message) => peer.send(message)));

  const above = pooled(stats.traced(network.transport()));
  expect(await threeRequests(above, above, stats)).toEqual({ openedCount: 1, reusedCount: 2 });
  const below = pooled(network.transport());
  expect(await threeRequests(below, stats.traced(below), stats)).toEqual({ openedCount: 3, reusedCount: 0 });
});
