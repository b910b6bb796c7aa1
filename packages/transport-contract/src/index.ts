export type { ContractHarness, ContractTransportOptions } from "./harness.ts";
export type { Peer, PeerConnection, PeerFrame, PeerRequest, PeerWire } from "./peer.ts";
export type { PeerHandshake, PeerScript } from "./peer-script.ts";
