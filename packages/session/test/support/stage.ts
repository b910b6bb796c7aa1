import { createWebSocketManager, type ManagerOptions, unwrap, type WebSocketManager } from "@outsock/core";
import { type ManualClock, manualClock } from "@outsock/core/testing";
import { createMemoryNetwork, type MemoryNetwork, type MemoryScript } from "@outsock/transport-memory";
import { onTestFinished } from "vitest";
import { openSession, type Session, type SessionOptions } from "../../src/index.ts";
import { testProtocol } from "./test-protocol.ts";
import { TestServer } from "./test-server.ts";

export interface Stage {
  readonly clock: ManualClock;
  readonly network: MemoryNetwork;
  readonly server: TestServer;
  readonly manager: WebSocketManager;
  /** Opens a session whose random numbers are all 1, so that each pause is the longest possible. */
  open(options?: Partial<SessionOptions>): Promise<Session>;
}

/** Options of a manager whose transport has no ping frames. */
export function nativeLike(): (network: MemoryNetwork) => Partial<ManagerOptions> {
  return (network) => {
    const transport = network.transport();
    return {
      transport: {
        capabilities: { ...transport.capabilities, ping: false },
        open: (request, events) => transport.open(request, events),
      },
    };
  };
}

export const url = "ws://server.example";

export interface ManualStage extends Stage {
  end(): Promise<void>;
}

/** A stage that ends with its test. */
export function stage(...parameters: Parameters<typeof manualStage>): Stage {
  const staged = manualStage(...parameters);
  onTestFinished(() => staged.end());
  return staged;
}

export function manualStage(
  managerOptions: Partial<ManagerOptions> | ((network: MemoryNetwork) => Partial<ManagerOptions>) = {},
  script: Omit<MemoryScript, "onConnection"> = {},
): ManualStage {
  const clock = manualClock();
  const network = createMemoryNetwork();
  const server = new TestServer(network, script);
  const own = typeof managerOptions === "function" ? managerOptions(network) : managerOptions;
  const manager = createWebSocketManager({ transport: network.transport(), clock, ...own });
  return {
    clock,
    network,
    server,
    manager,
    async end() {
      const disposal = manager.dispose();
      await clock.advance(10_000);
      await disposal;
    },
    async open(options = {}) {
      const opened = await openSession(manager, { url, protocol: testProtocol, random: () => 1, ...options });
      return unwrap(opened).session;
    },
  };
}
