import { describeTransportContract } from "@outsock/transport-contract";
import { startNodePeer } from "@outsock/transport-contract/node-peer";
import { describe, it } from "vitest";
import { undiciTransport } from "../src/index.ts";

describeTransportContract(
  { name: "undici", createTransport: undiciTransport, startPeer: startNodePeer },
  { describe, it },
);
