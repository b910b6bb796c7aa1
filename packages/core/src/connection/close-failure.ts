import type { FailureDetails } from "../operations/operation.ts";
import type { IncomingMessage } from "../ports/channel.ts";
import type { ErrorCode } from "../ports/error-code.ts";
import type { ManagedConnection } from "./managed-connection.ts";

/** Code, message and details of a failure that comes from the connection's state. */
export interface CloseFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: FailureDetails;
}

/** The failure of an operation on a connection that has ended. */
export function describeCloseFailure({ end, overflowed, host }: ManagedConnection): CloseFailure {
  const error = end?.error;
  let code: ErrorCode = "CONNECTION_CLOSED";
  let message = "The connection is being closed";
  if (overflowed) {
    code = "INBOX_OVERFLOW";
    message = "The inbox is full: receive faster or raise inbox";
  } else if (error !== undefined) {
    code = error.code;
    message = `The connection ended: ${error.message}`;
    if (code === "MESSAGE_TOO_BIG") message += ` (maxMessageBytes: ${host.settings.maxMessageBytes})`;
  } else if (end?.code === 1006) {
    message = "The connection ended without a Close frame (1006)";
  } else if (end !== undefined) {
    message = `The connection was closed with code ${end.code}`;
  }
  const closeReason = end?.reason || undefined;
  return { code, message, details: { closeCode: end?.code, closeReason, cause: error?.cause } };
}

/** PARSE_FAILED says how much came and in which form, never what. */
export function describeUnreadable({ byteLength, isText }: IncomingMessage, cause: unknown): CloseFailure {
  const form = isText ? "text" : "binary";
  return {
    code: "PARSE_FAILED",
    message: `The codec could not read a ${form} message of ${byteLength} bytes; codec: "raw" takes anything`,
    details: { cause: cause instanceof SyntaxError ? undefined : cause },
  };
}
