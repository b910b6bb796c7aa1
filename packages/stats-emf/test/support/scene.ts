import { Metrics } from "@aws-lambda-powertools/metrics";
import { createWebSocketManager, type ManagerOptions, type WebSocketManager } from "@outsock/core";
import { type ManualClock, manualClock } from "@outsock/core/testing";
import { createMemoryNetwork, type MemoryPeer } from "@outsock/transport-memory";
import { type EmfStats, emfStats } from "../../src/index.ts";
import { type EmfLine, written } from "./emf-lines.ts";

export const url = "wss://api.example.com/v1/secret?token=hush";
/** The fields of every line. */
export const service = { service: "orders" } as const;

export interface Scene {
  readonly clock: ManualClock;
  readonly metrics: Metrics;
  readonly stats: EmfStats;
  readonly manager: WebSocketManager;
  readonly peers: readonly MemoryPeer[];
  flushed(...options: Parameters<EmfStats["flush"]>): Promise<EmfLine[]>;
}

/** A manager on a network in memory, whose one peer echoes after 20 ms, and a sink on the real Powertools. */
export function scene(options: Partial<ManagerOptions> = {}): Scene {
  const clock = manualClock(5_000);
  const network = createMemoryNetwork();
  const peers: MemoryPeer[] = [];
  network.listen("wss://api.example.com", (peer) => {
    peers.push(peer);
    peer.onMessage((message) => {
      if (message !== '"silence"') clock.schedule(20, () => peer.send(message));
    });
  });
  const metrics = new Metrics({ namespace: "Outsock", serviceName: "orders" });
  const stats = emfStats({ metrics });
  const manager = createWebSocketManager({
    transport: network.transport(),
    clock,
    statsSink: stats,
    ...options,
  });
  const flushed = (...given: Parameters<EmfStats["flush"]>) => written(() => stats.flush(...given));
  return { clock, metrics, stats, manager, peers, flushed };
}

/** Every metric of a line with its values. */
export function valuesOf(line: EmfLine | undefined): Record<string, readonly number[]> {
  return Object.fromEntries(Object.entries(line?.metrics ?? {}).map(([name, { values }]) => [name, values]));
}
