import {
  createWebSocketManager,
  type ManagerOptions,
  type StatsEvent,
  type WebSocketManager,
} from "@outsock/core";
import { type ManualClock, manualClock } from "@outsock/core/testing";
import { createMemoryNetwork, type MemoryNetwork, type MemoryPeer } from "@outsock/transport-memory";
import { type OtelStats, type OtelStatsOptions, otelStats } from "../../src/index.ts";
import { type Telemetry, telemetry } from "./telemetry.ts";

export const url = "wss://api.example.com/v1/secret?token=hush";
/** The attributes of every measurement of that server. */
export const server = { "server.address": "api.example.com", "server.port": 443 } as const;

export interface Scene extends Telemetry {
  readonly clock: ManualClock;
  readonly stats: OtelStats;
  readonly manager: WebSocketManager;
  readonly network: MemoryNetwork;
  /** The remote ends so far. */
  readonly peers: readonly MemoryPeer[];
}

export interface SceneOptions {
  readonly stats?: OtelStatsOptions;
  readonly manager?: Partial<ManagerOptions>;
  readonly telemetry?: Telemetry;
}

/** A manager on a network in memory, whose one peer echoes, and a real SDK that records it. */
export function scene(options: SceneOptions = {}): Scene {
  const otel = options.telemetry ?? telemetry();
  const { meterProvider, tracerProvider } = otel;
  const clock = manualClock(5_000);
  const network = createMemoryNetwork();
  const peers: MemoryPeer[] = [];
  network.listen("wss://api.example.com", (peer) => {
    peers.push(peer);
    peer.onMessage((message) => {
      if (message !== '"silence"') peer.send(message);
    });
  });
  const stats = otelStats({ meterProvider, tracerProvider, ...options.stats });
  const transport = stats.traced(network.transport());
  const manager = createWebSocketManager({ transport, clock, statsSink: stats, ...options.manager });
  return { ...otel, clock, stats, manager, network, peers };
}

type End = Extract<StatsEvent, { durationMs: number }>;

/** The events of a session's call, which no manager emits. */
export function callEvents(end: Partial<End> & Pick<End, "type">, operationId = 900_001): StatsEvent[] {
  const of = {
    operation: "call",
    operationId,
    correlationId: "call-1",
    method: "eth_call",
    startedAtMs: 1_000,
    url: "wss://api.example.com/v1",
    connectionId: "abc-c1",
  } as const;
  const over = { ...of, atMs: 1_250, durationMs: 250, timings: { admission: 0, send: 50, receive: 200 } };
  const failed = { code: "REMOTE_ERROR", phase: "receive" } as const;
  const ends: StatsEvent =
    end.type === "operation-failed"
      ? { ...over, ...failed, type: "operation-failed" }
      : end.type === "rate-limited"
        ? { ...over, type: "rate-limited", source: "remote", retryAfterMs: 40 }
        : { ...over, type: "operation-succeeded" };
  return [
    { ...of, type: "operation-called", atMs: 1_000 },
    { ...of, type: "operation-started", atMs: 1_000, source: "local" },
    ends,
  ];
}
