export {
  alreadyClosed,
  causedBy,
  codeOf,
  type DialStage,
  dialFailed,
  handshakeRejected,
  openAborted,
  withCode,
} from "./dial-error.ts";
export {
  createDialer,
  type Dial,
  type Dialer,
  type DialRequest,
} from "./dialer.ts";
export { lookupCache } from "./lookup/cached-lookup.ts";
export { SocketGate } from "./undici/socket-gate.ts";
export { type HandshakeWatch, watchHandshake, withoutExtensions } from "./undici/watch-handshake.ts";
