import { TransportError } from "@outsock/core";
import { causedBy, codeOf, type DialStage, dialFailed } from "@outsock/dialer";

/** undici's HTTP parser: known by its name, as its `code` is often absent. */
function isNotHttp(error: unknown): boolean {
  return error instanceof Error && error.name === "HTTPParserError";
}

/** An error of the socket or of undici before the handshake was complete. */
export function openError(error: unknown, stage: DialStage): TransportError {
  // An HTTP parser error holds the bytes that the peer sent, so it is not given as a cause.
  if (isNotHttp(error) || codeOf(error) === "UND_ERR_HEADERS_OVERFLOW") {
    return new TransportError("PROTOCOL_ERROR", "the answer to the handshake is not HTTP");
  }
  return dialFailed(error, stage);
}

/** The first value of a header in undici's response headers. */
export function headerOf(headers: unknown, name: string): unknown {
  const found: unknown =
    typeof headers === "object" && headers !== null ? Reflect.get(headers, name) : undefined;
  return Array.isArray(found) ? found[0] : found;
}

/** The connection broke after the handshake. */
export function lostError(cause: unknown): TransportError {
  return causedBy(cause, "CONNECTION_CLOSED", "the connection was lost");
}

/** Why undici failed an open connection, as the code in the Close frame it then sends says (RFC 6455 7.4.1). */
export function failureError(closeCode: number): TransportError {
  // 1009: a message above the limit; 1008: more fragments in one message than undici takes.
  if (closeCode === 1009 || closeCode === 1008) {
    return new TransportError("MESSAGE_TOO_BIG", "a message is larger than the limit");
  }
  return new TransportError("PROTOCOL_ERROR", "the peer broke the WebSocket protocol");
}
