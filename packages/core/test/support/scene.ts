import {
  type Connection,
  createWebSocketManager,
  type ManagerOptions,
  unwrap,
  type WebSocketManager,
} from "../../src/index.ts";
import { type ManualClock, manualClock, type RecordingSink, recordingSink } from "../../src/testing.ts";
import { type Puppet, type PuppetChannel, puppetTransport } from "./puppet.ts";

export interface Scene {
  readonly manager: WebSocketManager;
  readonly transport: Puppet;
  readonly clock: ManualClock;
  readonly sink: RecordingSink;
  /** A fresh connection and its puppet end. */
  connect(): Promise<{ connection: Connection; channel: PuppetChannel }>;
}

/** A manager on a puppet transport and a manual clock. */
export function scene(options: Partial<ManagerOptions> = {}, transport: Puppet = puppetTransport()): Scene {
  const clock = manualClock(1_000);
  const sink = recordingSink();
  const manager = createWebSocketManager({ transport, clock, statsSink: sink, ...options });
  return {
    manager,
    transport,
    clock,
    sink,
    async connect() {
      const { connection } = unwrap(await manager.connect("ws://peer.test/path"));
      return { connection, channel: transport.channel };
    },
  };
}
