export {
  alreadyClosed,
  codeOf,
  type DialStage,
  dialFailed,
  handshakeRejected,
  openAborted,
  withCode,
} from "./dial-error.ts";
export { type Dial, Dialer, type DialerOptions, type DialRequest } from "./dialer.ts";
export { CachedLookup } from "./lookup/cached-lookup.ts";
export { OpenAttempt } from "./open-attempt.ts";
export { SocketGate } from "./undici/socket-gate.ts";
export { type HandshakeWatch, watchHandshake, withoutExtensions } from "./undici/watch-handshake.ts";
