import type { Transport } from "@outsock/core";
import type { Peer, PeerScript } from "./peer.ts";

/** Options of the transport under test. */
export interface ContractTransportOptions {
  /** Only passed to transports with the capability `tlsOptions`. `ca` is PEM and replaces the default CAs. */
  readonly tls?: { readonly ca: string };
}

/** What an adapter's tests provide to the contract: the transport, and a remote end that follows a script. */
export interface ContractHarness {
  /** Shown in the names of the tests. */
  readonly name: string;
  /** How long one scenario may take before it counts as failed. Default: 5,000 ms. */
  readonly scenarioTimeoutMs?: number;
  createTransport(options?: ContractTransportOptions): Transport;
  /** A new remote end. Network transports use `startNodePeer` from `@outsock/transport-contract/node-peer`. */
  startPeer(script?: PeerScript): Promise<Peer>;
}
