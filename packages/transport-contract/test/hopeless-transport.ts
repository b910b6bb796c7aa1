import type { Transport, TransportCapabilities } from "@outsock/core";
import type { ContractHarness, Peer } from "../src/index.ts";

const capabilities: TransportCapabilities = {
  name: "hopeless",
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

/** A harness around a transport that can nothing, whose `open` is given. Its peers are never reached. */
export function hopelessHarness(open: Transport["open"], log: string[] = []): ContractHarness {
  return {
    name: "hopeless",
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
