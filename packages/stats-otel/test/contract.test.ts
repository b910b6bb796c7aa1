import { propagation } from "@opentelemetry/api";
import { describeTransportContract } from "@outsock/transport-contract";
import { startMemoryPeer } from "@outsock/transport-contract/memory-peer";
import { startNodePeer } from "@outsock/transport-contract/node-peer";
import { createMemoryNetwork } from "@outsock/transport-memory";
import { wsTransport } from "@outsock/transport-ws";
import { afterAll, beforeAll, describe, it } from "vitest";
import { otelStats } from "../src/index.ts";
import { unregisterAll } from "./support/telemetry.ts";

const network = createMemoryNetwork();
const stats = otelStats();

beforeAll(() => {
  propagation.setGlobalPropagator({
    inject: (_from, carrier, setter) =>
      setter.set(carrier, "traceparent", `00-${"1".repeat(32)}-${"2".repeat(16)}-01`),
    extract: (from) => from,
    fields: () => ["traceparent"],
  });
});
afterAll(unregisterAll);

describeTransportContract(
  {
    name: "traced(memory)",
    createTransport: () => stats.traced(network.transport()),
    startPeer: async (script) => startMemoryPeer(network, script),
  },
  { describe, it },
);

describeTransportContract(
  {
    name: "traced(ws)",
    createTransport: (options) => stats.traced(wsTransport(options)),
    startPeer: startNodePeer,
  },
  { describe, it },
);
