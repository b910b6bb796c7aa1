import type { Transport, TransportCapabilities } from "@outsock/core";
import type { Peer, PeerScript } from "@outsock/transport-contract";
import { startMemoryPeer } from "@outsock/transport-contract/memory-peer";
import { startNodePeer } from "@outsock/transport-contract/node-peer";
import { createMemoryNetwork } from "@outsock/transport-memory";
import { nativeTransport } from "@outsock/transport-native";
import { undiciTransport } from "@outsock/transport-undici";
import { wsTransport } from "@outsock/transport-ws";

/** A transport and the remote ends it can dial. */
export interface Venue {
  readonly name: string;
  readonly capabilities: TransportCapabilities;
  createTransport(): Transport;
  startPeer(script?: PeerScript): Promise<Peer>;
}

function venue(createTransport: () => Transport, startPeer: Venue["startPeer"]): Venue {
  const { capabilities } = createTransport();
  return { name: capabilities.name, capabilities, createTransport, startPeer };
}

const memory = createMemoryNetwork();

/** Every transport of this repository. */
export const venues: readonly Venue[] = [
  venue(() => wsTransport(), startNodePeer),
  venue(() => undiciTransport(), startNodePeer),
  venue(() => nativeTransport(), startNodePeer),
  venue(
    () => memory.transport(),
    async (script) => startMemoryPeer(memory, script),
  ),
];
