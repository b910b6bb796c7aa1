import { createWebSocketManager, type ManagerOptions, unwrap, type WebSocketManager } from "@outsock/core";
import { type ManualClock, manualClock } from "@outsock/core/testing";
import { createMemoryNetwork, type MemoryNetwork, type MemoryScript } from "@outsock/transport-memory";
import { onTestFinished } from "vitest";
import { openSession } from "../../src/open-session.ts";
import type { SessionOptions } from "../../src/options/session-options.ts";
import type { Session } from "../../src/session.ts";
import { testProtocol } from "./test-protocol.ts";
import { TestServer } from "./test-server.ts";

export interface Stage {
  readonly clock: ManualClock;
  readonly network: MemoryNetwork;
  readonly server: TestServer;
  readonly manager: WebSocketManager;
  /** Opens a session; the random numbers of its pauses are all 1, so that each pause is the longest possible. */
  open(options?: Partial<SessionOptions>): Promise<Session>;
}

export const url = "ws://server.example";

export function stage(
  managerOptions: Partial<ManagerOptions> = {},
  script: Omit<MemoryScript, "onConnection"> = {},
): Stage {
  const clock = manualClock();
  const network = createMemoryNetwork();
  const server = new TestServer(network, script);
  const manager = createWebSocketManager({ transport: network.transport(), clock, ...managerOptions });
  onTestFinished(async () => {
    const disposal = manager.dispose();
    await clock.advance(10_000);
    await disposal;
  });
  return {
    clock,
    network,
    server,
    manager,
    async open(options = {}) {
      const opened = await openSession(manager, { url, protocol: testProtocol, random: () => 1, ...options });
      return unwrap(opened).session;
    },
  };
}
