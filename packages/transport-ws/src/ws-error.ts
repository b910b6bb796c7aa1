import type { IncomingMessage as HttpResponse } from "node:http";
import { TransportError, type TransportErrorCode } from "@outsock/core";
import { codeOf, type DialStage, dialFailed, handshakeRejected, withCode } from "@outsock/dialer";

export function connectionLost(): TransportError {
  return new TransportError("CONNECTION_CLOSED", "the connection ended without a closing handshake");
}

/** The constructor of ws refused its arguments. Its messages may hold the URL. */
export function invalidRequest(error: unknown): TransportError {
  const what = codeOf(error) || "an invalid URL, header or subprotocol";
  return new TransportError("PROTOCOL_ERROR", `the handshake cannot be sent (${what})`);
}

export function sendFailed(error: unknown): TransportError {
  return new TransportError("SEND_FAILED", withCode("the message was not accepted", error));
}

/** An HTTP response that was no upgrade. */
export function handshakeFailed({ statusCode = 0, headers }: HttpResponse): TransportError {
  if (statusCode !== 101) return handshakeRejected(statusCode, headers["retry-after"]);
  return new TransportError("PROTOCOL_ERROR", "the peer answered 101 without upgrading");
}

/** An error before the channel was open. */
export function openFailed(error: Error, stage: DialStage): TransportError {
  if (stage === "securing" || TransportError.is(error)) return dialFailed(error, stage);
  const code = codeOf(error);
  // An error of ws itself.
  if (code === "") return new TransportError("PROTOCOL_ERROR", error.message, { cause: error });
  // Errors of the HTTP parser hold the bytes that they complain about.
  if (code.startsWith("HPE_")) {
    return new TransportError("PROTOCOL_ERROR", `the answer is not HTTP (${code})`);
  }
  return dialFailed(error, stage);
}

/** An error of an open channel. */
export function channelFailed(error: Error): TransportError {
  return new TransportError(channelCode(codeOf(error)), withCode(error.message, error), { cause: error });
}

function channelCode(code: string): TransportErrorCode {
  if (/^WS_ERR_UNSUPPORTED_(?:MESSAGE|DATA_PAYLOAD)_LENGTH$/.test(code)) return "MESSAGE_TOO_BIG";
  return code.startsWith("WS_ERR_") ? "PROTOCOL_ERROR" : "CONNECTION_CLOSED";
}
