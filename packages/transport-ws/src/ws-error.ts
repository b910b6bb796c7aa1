import type { IncomingMessage as HttpResponse } from "node:http";
import { TransportError, type TransportErrorCode } from "@outsock/core";
import { codeOf, type DialStage, dialFailed, handshakeRejected, withCode } from "@outsock/dialer";

export function connectionLost(): TransportError {
  return new TransportError("CONNECTION_CLOSED", "the connection was lost");
}

/** The constructor of ws refused its arguments. Its messages may hold the URL. */
export function invalidRequest(error: unknown): TransportError {
  const message = withCode("the URL, a header or a subprotocol cannot be sent", error);
  return new TransportError("PROTOCOL_ERROR", message);
}

export function sendFailed(error: unknown): TransportError {
  return new TransportError("SEND_FAILED", withCode("the message was not accepted", error));
}

/** An HTTP response that was no upgrade. */
export function handshakeFailed({ statusCode = 0, headers }: HttpResponse): TransportError {
  if (statusCode !== 101) return handshakeRejected(statusCode, headers["retry-after"]);
  return new TransportError("PROTOCOL_ERROR", "the 101 of the peer does not upgrade");
}

/** An error before the channel was open. */
export function openFailed(error: Error, stage: DialStage): TransportError {
  const code = codeOf(error);
  const isNotHttp = code.startsWith("HPE_");
  if (stage === "securing" || (code !== "" && !isNotHttp)) return dialFailed(error, stage);
  // Errors of the HTTP parser hold the bytes that they complain about. An error without a code is of ws itself.
  return isNotHttp
    ? new TransportError("PROTOCOL_ERROR", `the answer is not HTTP (${code})`)
    : new TransportError("PROTOCOL_ERROR", error.message, { cause: error });
}

/** An error of an open channel. */
export function channelFailed(error: Error): TransportError {
  return new TransportError(channelCode(codeOf(error)), withCode(error.message, error), { cause: error });
}

function channelCode(code: string): TransportErrorCode {
  if (/^WS_ERR_UNSUPPORTED_\w+_LENGTH$/.test(code)) return "MESSAGE_TOO_BIG";
  return code.startsWith("WS_ERR_") ? "PROTOCOL_ERROR" : "CONNECTION_CLOSED";
}
