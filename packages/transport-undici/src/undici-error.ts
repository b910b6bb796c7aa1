import { TransportError } from "@outsock/core";

function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}

const LOST_LINK = new Set([
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ECONNABORTED",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

/** Known by its name: its `code` is often absent. */
function isNotHttp(error: unknown): boolean {
  return error instanceof Error && error.name === "HTTPParserError";
}

/** Why the socket failed before the handshake was complete. `inTls`: after TCP and before TLS was agreed. */
export function openError(error: unknown, inTls: boolean): TransportError {
  if (TransportError.is(error)) return error;
  const code = codeOf(error);
  // An HTTP parser error holds the bytes that the peer sent, so it is no cause to show.
  if (isNotHttp(error) || code === "UND_ERR_HEADERS_OVERFLOW") {
    return new TransportError("PROTOCOL_ERROR", "the answer to the handshake is not HTTP");
  }
  // In TLS 1.3 the peer's verdict on a client's certificate comes after the handshake (RFC 8446 4.4.2.4).
  const isAboutTls = code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_");
  if (isAboutTls || (inTls && !LOST_LINK.has(code))) {
    return new TransportError("TLS_FAILED", `TLS failed${code && `: ${code}`}`, { cause: error });
  }
  return new TransportError("CONNECT_FAILED", `the connection failed${code && `: ${code}`}`, {
    cause: error,
  });
}

/** The link broke after the handshake. */
export function lostError(cause: unknown): TransportError {
  const code = codeOf(cause);
  return new TransportError("CONNECTION_CLOSED", `the connection was lost${code && `: ${code}`}`, { cause });
}

/** Why undici failed an open connection, told by the code in the Close frame it then sends (RFC 6455 7.4.1). */
export function failureError(closeCode: number): TransportError {
  // 1009: a message above the limit; 1008: more fragments in one message than undici takes.
  if (closeCode === 1009 || closeCode === 1008) {
    return new TransportError("MESSAGE_TOO_BIG", "a message is larger than the limit");
  }
  return new TransportError("PROTOCOL_ERROR", "the peer broke the WebSocket protocol");
}
