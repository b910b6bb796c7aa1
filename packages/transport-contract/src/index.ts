export type { ContractHarness, ContractTransportOptions } from "./harness.ts";
export type {
  Peer,
  PeerConnection,
  PeerFrame,
  PeerHandshake,
  PeerRequest,
  PeerScript,
  PeerWire,
} from "./peer.ts";
export type { TransportNeed, TransportScenario } from "./scenario.ts";
export { type ContractRunner, describeTransportContract, transportScenarios } from "./transport-contract.ts";
