import { channel, tracingChannel } from "node:diagnostics_channel";
import {
  createWebSocketManager,
  type ManagerOptions,
  type StatsSink,
  type WebSocketManager,
} from "@outsock/core";
import { type ManualClock, manualClock } from "@outsock/core/testing";
import { createMemoryNetwork, type MemoryPeer } from "@outsock/transport-memory";
import { diagnosticsStats, type OperationContext } from "../../src/index.ts";

export const url = "wss://api.example.com/v1/secret?token=hush";
/** The fields of that server. */
export const server = { serverAddress: "api.example.com", serverPort: 443 } as const;

export interface Scene {
  readonly clock: ManualClock;
  readonly manager: WebSocketManager;
  /** The remote ends so far. */
  readonly peers: readonly MemoryPeer[];
}

/** A manager on a network in memory, whose one peer echoes. */
export function scene(
  options: Partial<ManagerOptions> = {},
  statsSink: StatsSink = diagnosticsStats(),
): Scene {
  const clock = manualClock();
  const network = createMemoryNetwork();
  const peers: MemoryPeer[] = [];
  network.listen("wss://api.example.com", (peer) => {
    peers.push(peer);
    peer.onMessage((message) => {
      if (message !== '"silence"') peer.send(message);
    });
  });
  const transport = network.transport();
  const manager = createWebSocketManager({ transport, clock, statsSink, ...options });
  return { clock, manager, peers };
}

type Step = "start" | "end" | "asyncStart" | "asyncEnd" | "error";

export interface PublishedMessage {
  readonly step: Step;
  /** The object that was published. */
  readonly context: OperationContext;
  /** Its fields at that time. */
  readonly seen: OperationContext;
}

const undo: (() => void)[] = [];

/** Subscribes to all channels of an operation until the test is over. */
export function collect(name: string): PublishedMessage[] {
  const published: PublishedMessage[] = [];
  const at = (step: Step) => (context: OperationContext) => {
    published.push({ step, context, seen: { ...context } });
  };
  const subscribers = {
    start: at("start"),
    end: at("end"),
    asyncStart: at("asyncStart"),
    asyncEnd: at("asyncEnd"),
    error: at("error"),
  };
  const channels = tracingChannel<unknown, OperationContext>(`outsock:${name}`);
  channels.subscribe(subscribers);
  undo.push(() => channels.unsubscribe(subscribers));
  return published;
}

/** Subscribes to one channel, by its whole name, until the test is over. */
export function collectPlain(name: string): unknown[] {
  const published: unknown[] = [];
  const subscriber = (message: unknown) => {
    published.push(message);
  };
  channel(name).subscribe(subscriber);
  undo.push(() => channel(name).unsubscribe(subscriber));
  return published;
}

export function unsubscribeAll(): void {
  for (const one of undo.splice(0)) one();
}
