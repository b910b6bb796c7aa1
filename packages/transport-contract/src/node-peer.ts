export { type KeyPair, selfSignedPair, testCa, trustedPair } from "./node-peer/certificates.ts";
export {
  encodeClosePayload,
  encodeFrame,
  encodeMessage,
  type FrameOptions,
  opcodes,
} from "./node-peer/frame-writer.ts";
export { startNodePeer } from "./node-peer/start-node-peer.ts";
