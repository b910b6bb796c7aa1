import { describeTransportContract } from "@outsock/transport-contract";
import { describe, it } from "vitest";
import { createMemoryNetwork } from "../src/index.ts";
import { startMemoryPeer } from "./contract-peer.ts";

const network = createMemoryNetwork();

describeTransportContract(
  {
    name: "memory",
    createTransport: () => network.transport(),
    startPeer: async (script) => startMemoryPeer(network, script),
  },
  { describe, it },
);
