import {
  createWebSocketManager,
  type ManagerOptions,
  type StatsSink,
  type WebSocketManager,
} from "@outsock/core";
import { type ManualClock, manualClock } from "@outsock/core/testing";
import { createMemoryNetwork, type MemoryNetwork, type MemoryPeer } from "@outsock/transport-memory";
import { Registry } from "@prometheus-io/client";
import { type PrometheusStatsOptions, prometheusStats } from "../../src/index.ts";
import { type Family, parseExposition } from "./exposition.ts";

export const url = "wss://api.example.com/v1/secret?token=hush";

export interface Scene {
  readonly clock: ManualClock;
  readonly network: MemoryNetwork;
  readonly registry: Registry;
  readonly sink: StatsSink;
  readonly manager: WebSocketManager;
  /** The remote ends at api.example.com so far. */
  readonly peers: readonly MemoryPeer[];
  scrape(): Promise<Scrape>;
}

export interface SceneOptions {
  readonly stats?: Partial<PrometheusStatsOptions>;
  readonly manager?: Partial<ManagerOptions>;
}

/** A manager on a network in memory, whose one peer echoes after 20 ms, and a sink on its own registry. */
export function scene(options: SceneOptions = {}): Scene {
  const clock = manualClock(5_000);
  const network = createMemoryNetwork();
  const registry = options.stats?.registry ?? new Registry();
  const peers: MemoryPeer[] = [];
  network.listen("wss://api.example.com", (peer) => {
    peers.push(peer);
    peer.onMessage((message) => {
      if (message !== '"silence"') clock.schedule(20, () => peer.send(message));
    });
  });
  const sink = prometheusStats({ ...options.stats, registry });
  const transport = network.transport();
  const manager = createWebSocketManager({ transport, clock, statsSink: sink, ...options.manager });
  return { clock, network, registry, sink, manager, peers, scrape: () => scrape(registry) };
}

export interface Scrape {
  readonly text: string;
  readonly families: ReadonlyMap<string, Family>;
  /** The value of a series, with exactly these labels; undefined if there is none. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
}

export async function scrape(registry: Registry): Promise<Scrape> {
  const text = await registry.metrics();
  const families = parseExposition(text);
  const samples = [...families.values()].flatMap((family) => family.samples);
  return {
    text,
    families,
    value: (name, labels = {}) =>
      samples.find((sample) => sample.name === name && isSame(sample.labels, labels))?.value,
  };
}

function isSame(one: Readonly<Record<string, string>>, another: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(another).length && names.every((name) => one[name] === another[name]);
}
