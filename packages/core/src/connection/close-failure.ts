import { OutsockError } from "../errors.ts";
import type { FailureDetails } from "../operations/operation.ts";
import type { ChannelClose, IncomingMessage } from "../ports/channel.ts";
import type { ErrorCode } from "../ports/error-code.ts";
import type { ManagedConnection } from "./managed-connection.ts";

/** Code, message and details of a failure that comes from the connection's state. */
export interface CloseFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: FailureDetails;
}

const ordinaryCodes: ReadonlySet<number> = new Set([1000, 1001, 1005]);

/** The closing handshake was completed with a code that reports no fault. */
export function isOrdinaryEnd(connection: ManagedConnection): boolean {
  const { end } = connection;
  return end?.clean === true && ordinaryCodes.has(end.code) && !connection.overflowed;
}

/** How a connection ended, told to whoever still wants something of it. */
export function describeCloseFailure(
  connection: ManagedConnection,
  end: ChannelClose | undefined = connection.end,
): CloseFailure {
  const details = {
    url: connection.url,
    closeCode: end?.code,
    closeReason: end?.reason === "" ? undefined : end?.reason,
    cause: end?.error?.cause,
  };
  if (connection.overflowed) {
    const message =
      "Messages came faster than they were received, and the inbox is full: receive faster or raise inbox";
    return { code: "INBOX_OVERFLOW", message, details };
  }
  if (end?.error !== undefined) {
    return { code: end.error.code, message: `The connection ended: ${end.error.message}`, details };
  }
  return { code: "CONNECTION_CLOSED", message: describeClose(end), details };
}

function describeClose(end: ChannelClose | undefined): string {
  if (end === undefined) return "The connection is being closed";
  if (end.code === 1006) return "The connection ended without a closing handshake (1006)";
  return `The connection was closed with code ${end.code}`;
}

/** PARSE_FAILED says how much came and in which form, never what. */
export function describeUnreadable(
  connection: ManagedConnection,
  message: IncomingMessage,
  cause: unknown,
): CloseFailure {
  const form = message.isText ? "text" : "binary";
  return {
    code: "PARSE_FAILED",
    message: `The codec could not read a ${form} message of ${message.byteLength} bytes; codec: "raw" takes anything`,
    details: { url: connection.url, cause: cause instanceof SyntaxError ? undefined : cause },
  };
}

/** For the iterator, which belongs to no operation. */
export function endedError(connection: ManagedConnection): OutsockError {
  return iterationError(connection, describeCloseFailure(connection));
}

export function unreadableError(
  connection: ManagedConnection,
  message: IncomingMessage,
  cause: unknown,
): OutsockError {
  return iterationError(connection, describeUnreadable(connection, message, cause));
}

function iterationError(
  connection: ManagedConnection,
  { code, message, details }: CloseFailure,
): OutsockError {
  const { id } = connection;
  return new OutsockError(code, message, {
    sent: "no",
    ...details,
    phase: "receive",
    correlationId: id,
    connectionId: id,
  });
}
