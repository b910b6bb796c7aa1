import { parseRetryAfter, TransportError, type TransportErrorCode } from "@outsock/core";

/** How far a dial has come. It decides what an error means. */
export type DialStage = "connecting" | "securing" | "connected";

/** The `code` of an error of Node, or "". */
export function codeOf(error: unknown): string {
  const { code }: { readonly code?: unknown } = Object(error);
  return typeof code === "string" ? code : "";
}

export function withCode(message: string, error: unknown): string {
  const code = codeOf(error);
  return code ? `${message} (${code})` : message;
}

/** An error with a cause whose code the message names. */
export function causedBy(cause: unknown, code: TransportErrorCode, message: string): TransportError {
  return new TransportError(code, withCode(message, cause), { cause });
}

export function openAborted(): TransportError {
  return new TransportError("ABORTED", "opening was aborted");
}

export function tlsFailed(cause: unknown): TransportError {
  return causedBy(cause, "TLS_FAILED", "TLS failed");
}

/** An error of the socket before the channel was open. */
export function dialFailed(error: unknown, stage: DialStage): TransportError {
  if (TransportError.is(error)) return error;
  const code = codeOf(error);
  // Failures of the connection, not of TLS, even while TLS is being set up.
  const isLost = /^(?:ECONNRESET|EPIPE|ETIMEDOUT|ECONNABORTED|EHOSTUNREACH|ENETUNREACH)$/.test(code);
  // In TLS 1.3 the peer may reject the client's certificate after the client has finished the handshake (RFC 8446 4.4.2.4).
  const isAboutTls = /^ERR_(?:SSL|TLS)_/.test(code) || (stage === "securing" && !isLost);
  return isAboutTls ? tlsFailed(error) : causedBy(error, "CONNECT_FAILED", "connecting failed");
}

/** An HTTP response that was no upgrade. */
export function handshakeRejected(status: number, retryAfter: string | undefined): TransportError {
  // A 101 without the Upgrade or the Connection header. Nothing would follow it.
  if (status === 101) return new TransportError("PROTOCOL_ERROR", "the 101 of the peer does not upgrade");
  const retryAfterMs = parseRetryAfter(retryAfter);
  return new TransportError("HANDSHAKE_REJECTED", `the peer answered with HTTP status ${status}`, {
    status,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

export function alreadyClosed(): TransportError {
  return new TransportError("CONNECTION_CLOSED", "the connection is closing or closed");
}
