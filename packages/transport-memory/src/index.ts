export { createMemoryNetwork, type MemoryListener, type MemoryNetwork } from "./memory-network.ts";
export type { MemoryClose, MemoryPeer, MemoryScript } from "./memory-script.ts";
