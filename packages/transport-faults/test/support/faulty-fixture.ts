import {
  type Channel,
  type ChannelClose,
  type ChannelEvents,
  type Connection,
  createWebSocketManager,
  type ManagerOptions,
  type OpenRequest,
  type Transport,
  type TransportCapabilities,
  unwrap,
  type WebSocketManager,
} from "@outsock/core";
import { type ManualClock, manualClock } from "@outsock/core/testing";
import {
  createMemoryNetwork,
  type MemoryClose,
  type MemoryPeer,
  type MemoryScript,
} from "@outsock/transport-memory";
import { onTestFinished } from "vitest";
import { type FaultScript, type FaultyTransport, faulty } from "../../src/index.ts";

export const url = "ws://peer.test";

/** A peer on a network in memory, a faulty transport to it and a manager, all on one manual clock. */
export interface FaultyFixture {
  readonly manager: WebSocketManager;
  readonly transport: FaultyTransport;
  readonly clock: ManualClock;
  /** The peer's ends, in the order of the opens that reached it. */
  readonly peers: MemoryPeer[];
  /** What the peer received, and how its connections were closed. */
  readonly received: (string | Uint8Array | MemoryClose)[];
  connect(options?: { readonly codec?: "raw" | "text" }): Promise<Connection>;
  /** Receives all messages that have arrived. */
  taken(connection: Connection): Promise<unknown[]>;
}

export function faultyFixture(
  script: FaultScript,
  { seed = 1, peer = {}, options = {} }: FixtureOptions = {},
): FaultyFixture {
  const clock = manualClock();
  const network = createMemoryNetwork();
  const peers: MemoryPeer[] = [];
  const received: (string | Uint8Array | MemoryClose)[] = [];
  network.listen(url, {
    ...peer,
    onConnection(end) {
      peers.push(end);
      end.onMessage((message) => received.push(message));
      end.onClose((close) => received.push(close));
      peer.onConnection?.(end);
    },
  });
  const transport = faulty(network.transport(), script, seed, { clock });
  const manager = createWebSocketManager({ transport, clock, ...options });
  onTestFinished(async () => {
    const disposed = manager.dispose();
    await clock.advance(60_000);
    await disposed;
  });
  return {
    manager,
    transport,
    clock,
    peers,
    received,
    connect: async (connectOptions = {}) => unwrap(await manager.connect(url, connectOptions)).connection,
    async taken(connection) {
      await clock.advance(0);
      const messages: unknown[] = [];
      for (;;) {
        const { data } = await manager.receive(connection, { timeoutMs: 0 });
        if (data === undefined) return messages;
        messages.push(data.response);
      }
    },
  };
}

interface FixtureOptions {
  readonly seed?: number;
  readonly peer?: MemoryScript;
  readonly options?: Partial<ManagerOptions>;
}

/** A peer that echoes messages. */
export const echo: MemoryScript = {
  onConnection(peer) {
    peer.onMessage((message) => peer.send(message));
  },
};

export interface Heard extends ChannelEvents {
  /** Every event as one line, in order. */
  readonly log: string[];
  readonly closes: ChannelClose[];
}

/** Records a channel's events, without a manager. */
export function heard(): Heard {
  const log: string[] = [];
  const closes: ChannelClose[] = [];
  return {
    log,
    closes,
    message: (message) => log.push(message.isText ? message.text() : `bytes ${message.bytes().join(" ")}`),
    pong: () => log.push("pong"),
    drain: () => log.push("drain"),
    close(close) {
      closes.push(close);
      log.push(`close ${close.code}`);
    },
  };
}

export function request(overrides: Partial<OpenRequest> = {}): OpenRequest {
  const { signal } = new AbortController();
  return { url, protocols: [], headers: {}, maxMessageBytes: 1_000, signal, ...overrides };
}

/** The same transport with changed capabilities and channels. */
export function around(
  transport: Transport,
  capabilities: Partial<TransportCapabilities>,
  change: (channel: Channel) => void,
): Transport {
  return {
    capabilities: { ...transport.capabilities, ...capabilities },
    async open(asked, events) {
      const channel = await transport.open(asked, events);
      change(channel);
      return channel;
    },
  };
}
