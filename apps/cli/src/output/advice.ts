import type { ErrorCode } from "@outsock/core";

const byErrorCode: Readonly<Record<ErrorCode, string>> = {
  RATE_LIMITED: "send more slowly",
  INVALID_URL: "a URL looks like wss://host/path",
  URL_FORBIDDEN: "this address may not be dialled",
  INVALID_MESSAGE: "check the message, or --codec",
  SERIALIZE_FAILED: "see --codec",
  PARSE_FAILED: "with --codec text messages are taken as they are",
  REMOTE_ERROR: "",
  INVALID_RESPONSE: "the server answered something else than expected",
  CONNECT_FAILED: "check host and port, and that the server runs",
  CONNECT_TIMEOUT: "check host and port, or give it longer with --timeout",
  HANDSHAKE_REJECTED: "check the path and the credentials (--header-env)",
  TLS_FAILED: "check the host name; --ca names an authority of your own",
  AUTH_FAILED: "check the token (--token-env)",
  NO_CONNECTION: "this is a bug, please report it",
  CONNECTION_CLOSED: "the server or the network ended it",
  SEND_FAILED: "the server or the network ended it",
  BACKPRESSURE: "the server does not read as fast as that",
  RECEIVE_TIMEOUT:
    "give it longer, with --timeout or listen's --for; outsock listen shows everything that comes",
  INBOX_OVERFLOW: "the reader of the output is too slow",
  MESSAGE_TOO_BIG: "see --max-message-bytes and --max-buffered-bytes",
  PROTOCOL_ERROR: "check that it is a WebSocket server and knows the --subprotocol",
  CLOSE_FAILED: "the connection is given up",
  ABORTED: "",
  DISPOSED: "",
};

/** What to do about it, in a few words; "" where there is nothing to do. */
export function adviceOn(code: ErrorCode): string {
  return byErrorCode[code];
}
