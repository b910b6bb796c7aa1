import { describeTransportContract, transportScenarios } from "@outsock/transport-contract";
import { startMemoryPeer } from "@outsock/transport-contract/memory-peer";
import { startNodePeer } from "@outsock/transport-contract/node-peer";
import { createMemoryNetwork } from "@outsock/transport-memory";
import { wsTransport } from "@outsock/transport-ws";
import { describe, it } from "vitest";
import { faulty } from "../src/index.ts";

const network = createMemoryNetwork();

describeTransportContract(
  {
    name: "an empty script over memory",
    createTransport: () => faulty(network.transport(), []),
    startPeer: async (script) => startMemoryPeer(network, script),
  },
  { describe, it },
);

describeTransportContract(
  {
    name: "an empty script over ws",
    createTransport: (options) => faulty(wsTransport(options), []),
    startPeer: startNodePeer,
  },
  { describe, it },
);

describe("a script that delays everything, over memory, keeps the transport contract", () => {
  const slower = () =>
    faulty(network.transport(), [
      { fault: "slow-open", ms: 1 },
      { fault: "delay", on: "both", ms: [0, 2] },
      { fault: "slow-close", ms: 1 },
    ]);
  const harness = {
    name: "slower",
    createTransport: slower,
    startPeer: async (script = {}) => startMemoryPeer(network, script),
  };
  const { capabilities } = slower();
  const possible = transportScenarios
    .filter(({ needs = [] }) => needs.every((need) => capabilities[need]))
    // The transport below answers the peer's close before the program has heard of it.
    .filter(({ id }) => id !== "close:by-peer-while-sending");

  it.each(possible)("[$id] $behaviour", ({ run }) => run(harness));
});
