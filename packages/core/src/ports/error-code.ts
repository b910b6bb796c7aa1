/** Every way an operation can fail; each is explained in docs/errors.md of the repository. */
export const errorCodes = [
  "RATE_LIMITED",
  "INVALID_URL",
  "URL_FORBIDDEN",
  "INVALID_MESSAGE",
  "SERIALIZE_FAILED",
  "PARSE_FAILED",
  "REMOTE_ERROR",
  "INVALID_RESPONSE",
  "CONNECT_FAILED",
  "CONNECT_TIMEOUT",
  "HANDSHAKE_REJECTED",
  "TLS_FAILED",
  "AUTH_FAILED",
  "NO_CONNECTION",
  "CONNECTION_CLOSED",
  "SEND_FAILED",
  "BACKPRESSURE",
  "RECEIVE_TIMEOUT",
  "INBOX_OVERFLOW",
  "MESSAGE_TOO_BIG",
  "PROTOCOL_ERROR",
  "CLOSE_FAILED",
  "ABORTED",
  "DISPOSED",
] as const;

export type ErrorCode = (typeof errorCodes)[number];
