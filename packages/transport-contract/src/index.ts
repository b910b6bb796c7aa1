export { type ContractRunner, describeTransportContract } from "./describe.ts";
export type { ContractHarness, ContractTransportOptions } from "./harness.ts";
export type { Peer, PeerConnection, PeerFrame, PeerRequest, PeerWire } from "./peer.ts";
export type { PeerHandshake, PeerScript } from "./peer-script.ts";
export type { TransportNeed, TransportScenario } from "./scenario.ts";
export { transportScenarios } from "./transport-scenarios.ts";
