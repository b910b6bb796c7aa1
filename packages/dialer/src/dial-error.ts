import { parseRetryAfter, TransportError } from "@outsock/core";

/** How far a dial has come. It decides what an error means. */
export type DialStage = "connecting" | "securing" | "connected";

/** Failures of the connection, not of TLS, even while TLS is being set up. */
const lostConnection = /^(?:ECONNRESET|EPIPE|ETIMEDOUT|ECONNABORTED|EHOSTUNREACH|ENETUNREACH)$/;

/** The `code` of an error of Node, or "". */
export function codeOf(error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "";
}

export function withCode(message: string, error: unknown): string {
  const code = codeOf(error);
  return code ? `${message} (${code})` : message;
}

export function openAborted(): TransportError {
  return new TransportError("ABORTED", "opening was aborted");
}

export function forbiddenAddress(): TransportError {
  return new TransportError("URL_FORBIDDEN", "the address is not allowed");
}

export function tlsFailed(cause: unknown): TransportError {
  return new TransportError("TLS_FAILED", withCode("TLS failed", cause), { cause });
}

/** An error of the socket before the channel was open. */
export function dialFailed(error: unknown, stage: DialStage): TransportError {
  if (TransportError.is(error)) return error;
  const code = codeOf(error);
  // In TLS 1.3 the peer may reject the client's certificate after the client has finished the handshake (RFC 8446 4.4.2.4).
  const isAboutTls = /^ERR_(?:SSL|TLS)_/.test(code);
  if (isAboutTls || (stage === "securing" && !lostConnection.test(code))) return tlsFailed(error);
  return new TransportError("CONNECT_FAILED", withCode("connecting failed", error), { cause: error });
}

/** An HTTP response other than a switch of protocols. */
export function handshakeRejected(status: number, retryAfter: string | undefined): TransportError {
  const retryAfterMs = parseRetryAfter(retryAfter);
  return new TransportError("HANDSHAKE_REJECTED", `the peer answered with HTTP status ${status}`, {
    status,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

export function alreadyClosed(): TransportError {
  return new TransportError("CONNECTION_CLOSED", "the connection is closing or closed");
}
