import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeTransportContract } from "@outsock/transport-contract";
import { startMemoryPeer } from "@outsock/transport-contract/memory-peer";
import { startNodePeer } from "@outsock/transport-contract/node-peer";
import { createMemoryNetwork } from "@outsock/transport-memory";
import { wsTransport } from "@outsock/transport-ws";
import { afterAll, describe, it } from "vitest";
import { recorded } from "../src/index.ts";

const folder = mkdtempSync(join(tmpdir(), "outsock-tape-"));
const network = createMemoryNetwork();
let tapes = 0;

function newTape(): string {
  tapes += 1;
  return join(folder, `${tapes}.ndjson`);
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeTransportContract(
  {
    name: "a recording of memory",
    createTransport: () => recorded(network.transport(), newTape()),
    startPeer: async (script) => startMemoryPeer(network, script),
  },
  { describe, it },
);

describeTransportContract(
  {
    name: "a recording of ws",
    createTransport: (options) => recorded(wsTransport(options), newTape()),
    startPeer: startNodePeer,
  },
  { describe, it },
);
