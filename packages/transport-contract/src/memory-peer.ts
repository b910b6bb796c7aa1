import { Mailbox } from "./mailbox.ts";
import type { Peer, PeerConnection, PeerFrame, PeerHandshake, PeerScript } from "./peer.ts";

/** The part of a connection's remote end on a network in memory that is used here. */
interface MemoryEnd {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly protocols: readonly string[];
  readonly unsentBytes: number;
  readonly ended: Promise<void>;
  send(message: string | Uint8Array): void;
  ping(payload: Uint8Array): void;
  close(code?: number, reason?: string): void;
  drop(): void;
  hold(): void;
  release(): void;
  onMessage(listener: (message: string | Uint8Array) => void): void;
  onPing(listener: (payload: Uint8Array) => void): void;
  onPong(listener: (payload: Uint8Array) => void): void;
  onClose(listener: (close: { readonly code: number; readonly reason: string }) => void): void;
}

interface MemoryScript {
  readonly onConnection?: (end: MemoryEnd) => void;
  readonly reject?: { readonly status: number; readonly retryAfterMs?: number };
  readonly protocol?: string;
  readonly stall?: boolean;
  readonly answersClose?: boolean;
  readonly answersPing?: boolean;
}

/** The part of a network in memory that is used here, as `createMemoryNetwork()` of `@outsock/transport-memory` has it. */
export interface MemoryNetworkLike {
  listen(
    url: string,
    script: MemoryScript,
  ): { readonly url: string; readonly connectionCount: number; close(): void };
}

let hosts = 0;

/** Starts a remote end on a network in memory, for the `startPeer` of the memory transport and of layers around it. */
export function startMemoryPeer(network: MemoryNetworkLike, script: PeerScript = {}): Peer {
  hosts += 1;
  const connections = new Mailbox<PeerConnection>();
  const listener = network.listen(`ws://192.0.2.1:${hosts}`, {
    ...handshakeScript(script.handshake),
    answersClose: script.answersClose ?? true,
    answersPing: script.answersPing ?? true,
    onConnection(peer) {
      for (const message of script.greeting ?? []) peer.send(message);
      connections.put(connectionOf(peer));
    },
  });
  return {
    url: listener.url,
    get connectionCount() {
      return listener.connectionCount;
    },
    nextConnection: () => connections.take(),
    async unusedUrl() {
      hosts += 1;
      return `ws://192.0.2.1:${hosts}`;
    },
    close: async () => listener.close(),
  };
}

function handshakeScript(handshake: PeerHandshake = { type: "accept" }): MemoryScript {
  switch (handshake.type) {
    case "accept":
      return handshake.protocol === undefined ? {} : { protocol: handshake.protocol };
    case "stall":
      return { stall: true };
    case "reject": {
      const seconds = handshake.headers?.["Retry-After"];
      const wait = seconds === undefined ? {} : { retryAfterMs: Number(seconds) * 1_000 };
      return { reject: { status: handshake.status, ...wait } };
    }
    default:
      throw new Error(`${handshake.type} needs a network`);
  }
}

function connectionOf(peer: MemoryEnd): PeerConnection {
  const frames = new Mailbox<PeerFrame>();
  const { pathname, search } = new URL(peer.url);
  const headers = Object.entries(peer.headers).map(([name, value]) => [name.toLowerCase(), value]);
  peer.onMessage((message) =>
    frames.put(
      typeof message === "string" ? { type: "text", text: message } : { type: "binary", bytes: message },
    ),
  );
  peer.onPing((bytes) => frames.put({ type: "ping", bytes }));
  peer.onPong((bytes) => frames.put({ type: "pong", bytes }));
  peer.onClose(({ code, reason }) => {
    if (code !== 1006) frames.put({ type: "close", code, reason });
  });
  peer.ended.then(() => frames.end(new Error("the connection ended without another frame")));
  return {
    request: {
      target: pathname + search,
      headers: Object.fromEntries(headers),
      protocols: peer.protocols,
    },
    nextFrame: () => frames.take(),
    ended: peer.ended,
    send: (message) => peer.send(message),
    ping: (payload) => peer.ping(payload),
    close: (code, reason) => peer.close(code, reason),
    drop: () => peer.drop(),
    get unsentBytes() {
      return peer.unsentBytes;
    },
    stopReading: () => peer.hold(),
    resumeReading: () => peer.release(),
  };
}
