import {
  type Channel,
  type ChannelClose,
  createWebSocketManager,
  type OpenRequest,
  type Transport,
  type WebSocketManager,
} from "@outsock/core";
import { type ManualClock, manualClock } from "@outsock/core/testing";
import {
  createMemoryNetwork,
  type MemoryListener,
  type MemoryPeer,
  type MemoryScript,
} from "@outsock/transport-memory";
import { type PooledTransport, type PoolOptions, pooled } from "../../src/index.ts";

export const url = "ws://peer.example/";

/** A user of a pooled channel, and the events it received. */
export interface User {
  readonly channel: Channel;
  readonly messages: string[];
  readonly closes: ChannelClose[];
  /** Sends a message and waits for its reply. */
  ask(question: string): Promise<string>;
  /** Closes and waits for the close event. */
  close(code?: number, reason?: string): Promise<ChannelClose>;
}

export interface PoolFixture {
  readonly clock: ManualClock;
  /** The one below the pool. */
  readonly transport: Transport;
  readonly pool: PooledTransport;
  readonly manager: WebSocketManager;
  readonly listener: MemoryListener;
  /** The remote ends of all connections so far. */
  readonly peers: MemoryPeer[];
  peer(index?: number): MemoryPeer;
  open(overrides?: Partial<OpenRequest>): Promise<User>;
  /** Opens, exchanges one message and closes. */
  use(overrides?: Partial<OpenRequest>): Promise<void>;
}

/** A pool on a network in memory, whose peers reply to every message with itself and "!". */
export function poolFixture(options: PoolOptions = {}, script: MemoryScript = {}): PoolFixture {
  const clock = manualClock();
  const network = createMemoryNetwork();
  const peers: MemoryPeer[] = [];
  const listener = network.listen(url, {
    ...script,
    onConnection(peer) {
      peers.push(peer);
      peer.onMessage((message) => {
        if (message !== "silence") peer.send(`${message}!`);
      });
      script.onConnection?.(peer);
    },
  });
  const transport = network.transport();
  const pool = pooled(transport, { clock, ...options });
  const manager = createWebSocketManager({ transport: pool, clock, codec: "text" });
  const open: PoolFixture["open"] = (overrides) => openUser(pool, overrides);
  return {
    clock,
    transport,
    pool,
    manager,
    listener,
    peers,
    peer: (index = -1) => found(peers.at(index)),
    open,
    async use(overrides) {
      const user = await open(overrides);
      await user.ask("use");
      await user.close();
    },
  };
}

export async function openUser(pool: PooledTransport, overrides: Partial<OpenRequest> = {}): Promise<User> {
  const messages: string[] = [];
  const closes: ChannelClose[] = [];
  let wake = (): void => {};
  const nextEvent = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  const request = { url, headers: {}, protocols: [], maxMessageBytes: 1_000, ...overrides };
  const channel = await pool.open(
    { signal: new AbortController().signal, ...request },
    {
      message(message) {
        messages.push(message.text());
        wake();
      },
      pong() {},
      drain() {},
      close(close) {
        closes.push(close);
        wake();
      },
    },
  );
  return {
    channel,
    messages,
    closes,
    async ask(question) {
      const before = messages.length;
      channel.send(question);
      while (messages.length === before) await nextEvent();
      return found(messages.at(-1));
    },
    async close(code, reason) {
      channel.close(code, reason);
      while (closes.length === 0) await nextEvent();
      return found(closes[0]);
    },
  };
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("not found");
  return value;
}
