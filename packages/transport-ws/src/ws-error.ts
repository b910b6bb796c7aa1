import type { IncomingMessage as HttpAnswer } from "node:http";
import { parseRetryAfter, TransportError, type TransportErrorCode } from "@outsock/core";
import type { DiallingStage } from "./dialling.ts";

/** Failures of the way to the peer and not of TLS, even where they come while TLS is set up. */
const lostConnectionCodes = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT"]);

export function aborted(): TransportError {
  return new TransportError("ABORTED", "opening was aborted");
}

export function forbiddenAddress(): TransportError {
  return new TransportError("URL_FORBIDDEN", "the address is not allowed");
}

export function connectionLost(): TransportError {
  return new TransportError("CONNECTION_CLOSED", "the connection ended without a closing handshake");
}

/** The constructor of ws refused what it was given. Its messages may hold the URL. */
export function invalidRequest(error: unknown): TransportError {
  const what = codeOf(error) ?? "an invalid URL, header or subprotocol";
  return new TransportError("PROTOCOL_ERROR", `the handshake cannot be sent (${what})`);
}

export function tlsFailed(cause: unknown): TransportError {
  return new TransportError("TLS_FAILED", `TLS failed (${codeOf(cause) ?? "no code"})`, { cause });
}

export function sendFailed(cause: unknown): TransportError {
  return new TransportError("SEND_FAILED", `the message was not accepted (${codeOf(cause) ?? "no code"})`);
}

/** An HTTP answer that was no upgrade. */
export function rejected(answer: HttpAnswer): TransportError {
  const { statusCode: status = 0 } = answer;
  if (status === 101) return new TransportError("PROTOCOL_ERROR", "the peer answered 101 without upgrading");
  const wait = parseRetryAfter(answer.headers["retry-after"]);
  const details = wait === undefined ? { status } : { status, retryAfterMs: wait };
  return new TransportError("HANDSHAKE_REJECTED", `the peer answered with HTTP status ${status}`, details);
}

/** An error before the channel was open. */
export function openFailed(error: Error, stage: DiallingStage): TransportError {
  if (TransportError.is(error)) return error;
  const code = codeOf(error);
  if (stage === "securing" && !lostConnectionCodes.has(code ?? "")) return tlsFailed(error);
  // In TLS 1.3 the peer may complain of the client's certificate after the client took the handshake for done.
  if (code !== undefined && /^ERR_(?:SSL|TLS)_/.test(code)) return tlsFailed(error);
  // Errors of the HTTP parser hold the bytes that they complain about.
  if (code?.startsWith("HPE_"))
    return new TransportError("PROTOCOL_ERROR", `the answer is not HTTP (${code})`);
  if (code === undefined) return new TransportError("PROTOCOL_ERROR", error.message, { cause: error });
  return new TransportError("CONNECT_FAILED", `connecting failed (${code})`, { cause: error });
}

/** An error of an open channel. */
export function channelFailed(error: Error): TransportError {
  const code = codeOf(error);
  return new TransportError(channelCode(code), `${error.message} (${code ?? "no code"})`, { cause: error });
}

function channelCode(code: string | undefined): TransportErrorCode {
  if (code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") return "MESSAGE_TOO_BIG";
  if (code === "WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH") return "MESSAGE_TOO_BIG";
  return code?.startsWith("WS_ERR_") ? "PROTOCOL_ERROR" : "CONNECTION_CLOSED";
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
