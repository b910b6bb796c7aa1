import { describeTransportContract } from "@outsock/transport-contract";
import { startMemoryPeer } from "@outsock/transport-contract/memory-peer";
import { describe, it } from "vitest";
import { createMemoryNetwork } from "../src/index.ts";

const network = createMemoryNetwork();

describeTransportContract(
  {
    name: "memory",
    createTransport: () => network.transport(),
    startPeer: async (script) => startMemoryPeer(network, script),
  },
  { describe, it },
);
