import type { ErrorCode, OutsockError } from "@outsock/core";

/** The exit codes of the process, documented in docs/cli.md. */
export const exitCodes = {
  ok: 0,
  bug: 1,
  usage: 2,
  notConnected: 10,
  refused: 11,
  timeout: 12,
  limited: 13,
  ended: 14,
  tape: 15,
  remote: 16,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const byErrorCode: Readonly<Record<ErrorCode, ExitCode>> = {
  INVALID_URL: exitCodes.usage,
  INVALID_MESSAGE: exitCodes.usage,
  SERIALIZE_FAILED: exitCodes.usage,
  CONNECT_FAILED: exitCodes.notConnected,
  TLS_FAILED: exitCodes.notConnected,
  URL_FORBIDDEN: exitCodes.notConnected,
  PROTOCOL_ERROR: exitCodes.notConnected,
  HANDSHAKE_REJECTED: exitCodes.refused,
  AUTH_FAILED: exitCodes.refused,
  CONNECT_TIMEOUT: exitCodes.timeout,
  RECEIVE_TIMEOUT: exitCodes.timeout,
  RATE_LIMITED: exitCodes.limited,
  BACKPRESSURE: exitCodes.limited,
  CONNECTION_CLOSED: exitCodes.ended,
  PARSE_FAILED: exitCodes.ended,
  INVALID_RESPONSE: exitCodes.ended,
  REMOTE_ERROR: exitCodes.remote,
  MESSAGE_TOO_BIG: exitCodes.ended,
  INBOX_OVERFLOW: exitCodes.ended,
  SEND_FAILED: exitCodes.ended,
  CLOSE_FAILED: exitCodes.ended,
  NO_CONNECTION: exitCodes.ended,
  ABORTED: exitCodes.interrupted,
  DISPOSED: exitCodes.interrupted,
};

type Failed = Pick<OutsockError, "code" | "phase" | "closeCode">;

/** A message that is too big to send is a usage error; one that is too big to receive ends the connection. */
export function exitCodeOf(error: Failed): ExitCode {
  return isTooBigToSend(error) ? exitCodes.usage : byErrorCode[error.code];
}

/** False if a send failed because a received message over the limit had ended the connection. */
export function isTooBigToSend({ code, phase, closeCode }: Failed): boolean {
  return code === "MESSAGE_TOO_BIG" && phase === "send" && closeCode === undefined;
}
