export { type KeyPair, selfSignedPair, testCa, trustedPair } from "./node-peer/certificates.ts";
export { startNodePeer } from "./node-peer/start-node-peer.ts";
