import { type Transport, type TransportCapabilities, TransportError } from "@outsock/core";
import type { MemoryPeer, MemoryScript } from "./memory-script.ts";
import { openAborted, openMemoryChannel } from "./open-memory-channel.ts";
import type { PeerEnd } from "./peer-end.ts";

/** A server on the network. */
export interface MemoryListener {
  readonly url: string;
  /** Connections that have reached it so far, including refused ones. */
  readonly connectionCount: number;
  /** Drops every connection. From now on dialling fails with CONNECT_FAILED. */
  close(): void;
}

/** An isolated network: its listeners can only be dialled through its own transports. */
export interface MemoryNetwork {
  /** A transport that dials this network. */
  transport(): Transport;
  /**
   * Listens at a ws: or wss: URL. A URL without a path accepts every path of its host; queries are ignored. Throws if
   * there is a listener already. A function is short for `{ onConnection }`.
   */
  listen(url: string, script?: MemoryScript | ((peer: MemoryPeer) => void)): MemoryListener;
}

interface ListenerState {
  readonly script: MemoryScript;
  readonly peers: Set<PeerEnd>;
  connectionCount: number;
}

const capabilities: TransportCapabilities = {
  name: "memory",
  network: false,
  headers: true,
  tlsOptions: false,
  failureReason: true,
  addressCheck: false,
  messageLimit: true,
  coalescing: false,
  drain: true,
  messagesWhileClosing: true,
  closeReachesPeer: true,
  pause: true,
  ping: true,
  terminate: true,
  unref: true,
};

/**
 * Creates a network without sockets, for tests. Everything happens in microtasks, in order, and takes no time.
 *
 * @example
 * const network = createMemoryNetwork();
 * network.listen("wss://api.example.com", (peer) => {
 *   peer.send("hello");
 *   peer.onMessage((message) => peer.send(`you said ${message}`));
 * });
 * network.listen("wss://busy.example.com", { reject: { status: 429, retryAfterMs: 1_000 } });
 * const manager = createWebSocketManager({ transport: network.transport() });
 */
export function createMemoryNetwork(): MemoryNetwork {
  const listening = new Map<string, ListenerState>();
  return {
    transport: () => memoryTransport(listening),
    listen(url, script = {}) {
      const address = addressOf(url);
      if (listening.has(address)) throw new Error(`there is already a listener at ${address}`);
      const entry: ListenerState = {
        script: typeof script === "function" ? { onConnection: script } : script,
        peers: new Set(),
        connectionCount: 0,
      };
      listening.set(address, entry);
      return listenerFor(url, entry, () => listening.delete(address));
    },
  };
}

function listenerFor(url: string, entry: ListenerState, forget: () => void): MemoryListener {
  return {
    url,
    get connectionCount() {
      return entry.connectionCount;
    },
    close() {
      forget();
      for (const peer of entry.peers) peer.drop();
    },
  };
}

function memoryTransport(listening: ReadonlyMap<string, ListenerState>): Transport {
  return {
    capabilities,
    async open(request, events) {
      // Dialling is asynchronous, so that the order of events is the same as over a real network.
      await Promise.resolve();
      if (request.signal.aborted) throw openAborted();
      const entry = listening.get(addressOf(request.url)) ?? listening.get(hostOf(request.url));
      if (entry === undefined) throw new TransportError("CONNECT_FAILED", "there is no listener at this URL");
      return openMemoryChannel(request, events, entry.script, (peer) => addConnection(entry, peer));
    },
  };
}

function addConnection(entry: ListenerState, peer: PeerEnd): void {
  entry.connectionCount += 1;
  entry.peers.add(peer);
  peer.ended.then(() => entry.peers.delete(peer));
}

function addressOf(url: string): string {
  return hostOf(url) + new URL(url).pathname.replace(/^\/$/, "");
}

function hostOf(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}
