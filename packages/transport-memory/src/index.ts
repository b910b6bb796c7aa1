export { createMemoryNetwork, type MemoryListener, type MemoryNetwork } from "./memory-network.ts";
export type { MemoryClose, MemoryPeer } from "./memory-peer.ts";
export type { MemoryScript } from "./memory-script.ts";
