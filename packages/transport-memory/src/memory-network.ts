import { type Transport, type TransportCapabilities, TransportError } from "@outsock/core";
import type { MemoryPeer, PeerEnd } from "./memory-peer.ts";
import type { MemoryScript } from "./memory-script.ts";
import { aborted, openMemoryChannel } from "./open-memory-channel.ts";

/** Something that can be dialled. */
export interface MemoryListener {
  readonly url: string;
  /** Connections that have reached it so far, refused ones too. */
  readonly connectionCount: number;
  /** Drops every connection; from now on dialling fails with CONNECT_FAILED. */
  close(): void;
}

/** A network of its own: what listens here can be dialled through its transports and nowhere else. */
export interface MemoryNetwork {
  /** A transport that dials this network. */
  transport(): Transport;
  /**
   * Listens at a ws: or wss: URL. A URL without a path takes every path of its host; queries do not matter. Throws
   * where somebody listens already. A function is short for `{ onConnection }`.
   */
  listen(url: string, script?: MemoryScript | ((peer: MemoryPeer) => void)): MemoryListener;
}

interface Listening {
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
 * Makes a network without sockets, for tests. Everything happens in microtasks, in order, and takes no time.
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
  const listening = new Map<string, Listening>();
  return {
    transport: () => memoryTransport(listening),
    listen(url, script = {}) {
      const address = addressOf(url);
      if (listening.has(address)) throw new Error(`somebody listens at ${address} already`);
      const entry: Listening = {
        script: typeof script === "function" ? { onConnection: script } : script,
        peers: new Set(),
        connectionCount: 0,
      };
      listening.set(address, entry);
      return listenerFor(url, entry, () => listening.delete(address));
    },
  };
}

function listenerFor(url: string, entry: Listening, forget: () => void): MemoryListener {
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

function memoryTransport(listening: ReadonlyMap<string, Listening>): Transport {
  return {
    capabilities,
    async open(request, events) {
      // Dialling takes a moment here too, so that callers meet the order of events that they meet elsewhere.
      await Promise.resolve();
      if (request.signal.aborted) throw aborted();
      const entry = listening.get(addressOf(request.url)) ?? listening.get(hostOf(request.url));
      if (entry === undefined) throw new TransportError("CONNECT_FAILED", "nobody listens there");
      return openMemoryChannel(request, events, entry.script, (peer) => join(entry, peer));
    },
  };
}

function join(entry: Listening, peer: PeerEnd): void {
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
