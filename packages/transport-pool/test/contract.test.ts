import { describeTransportContract } from "@outsock/transport-contract";
import { startMemoryPeer } from "@outsock/transport-contract/memory-peer";
import { startNodePeer } from "@outsock/transport-contract/node-peer";
import { createMemoryNetwork } from "@outsock/transport-memory";
import { wsTransport } from "@outsock/transport-ws";
import { describe, it } from "vitest";
import { pooled } from "../src/index.ts";

const network = createMemoryNetwork();

describeTransportContract(
  {
    name: "a pool around memory",
    createTransport: () => pooled(network.transport()),
    startPeer: async (script) => startMemoryPeer(network, script),
  },
  { describe, it },
);

describeTransportContract(
  {
    name: "a pool around ws",
    createTransport: (options) => pooled(wsTransport(options)),
    startPeer: startNodePeer,
  },
  { describe, it },
);
