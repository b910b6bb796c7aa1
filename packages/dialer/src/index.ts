export {
  alreadyClosed,
  codeOf,
  type DialStage,
  dialFailed,
  handshakeRejected,
  openAborted,
  withCode,
} from "./dial-error.ts";
export { type Dial, Dialer, type DialerOptions, type DialRequest, OpenAttempt } from "./dialer.ts";
export { CachedLookup } from "./lookup/cached-lookup.ts";
export { SocketGate } from "./undici/socket-gate.ts";
export { type HandshakeWatch, watchHandshake, withoutExtensions } from "./undici/watch-handshake.ts";
