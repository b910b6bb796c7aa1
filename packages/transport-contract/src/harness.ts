import type { Transport } from "@outsock/core";
import type { Peer, PeerScript } from "./peer.ts";

/** What a scenario may ask of the transport under test when it is made. */
export interface ContractTransportOptions {
  /** Only given to transports whose capabilities say `tlsOptions`. `ca` is PEM and replaces the usual ones. */
  readonly tls?: { readonly ca: string };
}

/** What the contract needs of an adapter's tests: the transport, and a remote end that follows a script. */
export interface ContractHarness {
  /** Shown in the names of the tests. */
  readonly name: string;
  /** How long one scenario may take before it counts as failed. Default: 5,000 ms. */
  readonly scenarioTimeoutMs?: number;
  createTransport(options?: ContractTransportOptions): Transport;
  /** A new remote end. Network transports use `startNodePeer` from `@outsock/transport-contract/node-peer`. */
  startPeer(script?: PeerScript): Promise<Peer>;
}
