import { describeTransportContract } from "@outsock/transport-contract";
import { startNodePeer } from "@outsock/transport-contract/node-peer";
import { describe, it } from "vitest";
import { nativeTransport } from "../src/node/index.ts";

describeTransportContract(
  { name: "native", createTransport: () => nativeTransport(), startPeer: startNodePeer },
  { describe, it },
);
