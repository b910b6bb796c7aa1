import { describeTransportContract } from "@outsock/transport-contract";
import { startNodePeer } from "@outsock/transport-contract/node-peer";
import { describe, it } from "vitest";
import { wsTransport } from "../src/index.ts";

describeTransportContract(
  { name: "ws", createTransport: wsTransport, startPeer: startNodePeer },
  { describe, it },
);
