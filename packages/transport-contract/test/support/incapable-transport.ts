import type { Transport, TransportCapabilities } from "@outsock/core";
import type { ContractHarness, Peer } from "../../src/index.ts";

const capabilities: TransportCapabilities = {
  name: "incapable",
  network: false,
  headers: false,
  tlsOptions: false,
  failureReason: false,
  addressCheck: false,
  messageLimit: false,
  coalescing: false,
  drain: false,
  messagesWhileClosing: false,
  closeReachesPeer: false,
  pause: false,
  ping: false,
  terminate: false,
  unref: false,
};

/** A harness around a transport without capabilities and with this `open`. Its peers are never reached. */
export function incapableHarness(open: Transport["open"], log: string[] = []): ContractHarness {
  return {
    name: "incapable",
    scenarioTimeoutMs: 50,
    createTransport: () => ({ capabilities, open }),
    async startPeer() {
      log.push("peer started");
      return unreachablePeer(() => log.push("peer closed"));
    },
  };
}

function unreachablePeer(closed: () => void): Peer {
  return {
    url: "ws://192.0.2.1:1",
    connectionCount: 0,
    nextConnection: () => new Promise(() => {}),
    unusedUrl: async () => "ws://192.0.2.1:2",
    close: async () => closed(),
  };
}
