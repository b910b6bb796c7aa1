import { describeTransportContract } from "@outsock/transport-contract";
import { startMemoryPeer } from "@outsock/transport-contract/memory-peer";
import { startNodePeer } from "@outsock/transport-contract/node-peer";
import { createMemoryNetwork } from "@outsock/transport-memory";
import { undiciTransport } from "@outsock/transport-undici";
import { wsTransport } from "@outsock/transport-ws";
import { describe, it } from "vitest";
import { guarded } from "../src/index.ts";

const network = createMemoryNetwork();

describeTransportContract(
  {
    name: "guarded(memory)",
    createTransport: () => guarded(network.transport(), { allowAddresses: ["192.0.2.0/24"] }),
    startPeer: async (script) => startMemoryPeer(network, script),
  },
  { describe, it },
);

describeTransportContract(
  {
    name: "guarded(ws)",
    createTransport: (options) => guarded(wsTransport(options), { allowPrivate: true }),
    startPeer: startNodePeer,
  },
  { describe, it },
);

describeTransportContract(
  {
    name: "guarded(undici)",
    createTransport: (options) => guarded(undiciTransport(options), { allowPrivate: true }),
    startPeer: startNodePeer,
  },
  { describe, it },
);
