export {
  aborted,
  alreadyClosed,
  codeOf,
  type DialStage,
  dialFailed,
  handshakeRejected,
  withCode,
} from "./dial-error.ts";
export { type Dial, Dialer, type DialerOptions, type DialRequest } from "./dialer.ts";
export { OpenAttempt } from "./open-attempt.ts";
export { SocketGate } from "./undici/socket-gate.ts";
export { type HandshakeWatch, watchHandshake, withoutExtensions } from "./undici/watch-handshake.ts";
