import type { ErrorCode, OutsockError, Sent } from "@outsock/core";
import { formatDuration } from "../options/durations.ts";
import { isTooBigToSend } from "./exit-codes.ts";
import { CliFailure } from "./failures.ts";

const deliveries: Readonly<Record<Sent, string>> = {
  no: "the message was not sent",
  maybe: "the message may have arrived",
  yes: "the server has the message",
};

/** One or two lines: what happened, then whether the message was sent and what to do. */
export function describeError(error: OutsockError | CliFailure, maxMessageBytes?: number): readonly string[] {
  if (error instanceof CliFailure) return [error.message];
  const where = error.url === undefined || error.message.includes(error.url) ? "" : ` (${error.url})`;
  const reason = error.closeReason === undefined ? "" : `, "${printable(error.closeReason)}"`;
  const second = [delivery(error), adviceFor(error, maxMessageBytes)]
    .filter((part) => part !== "")
    .join("; ");
  const first = `${printable(inFlags(error))}${reason}${where}`;
  return second === "" ? [first] : [first, second];
}

/** Receiving sends no message, so there is nothing to say about its delivery. */
function delivery({ phase, sent }: OutsockError): string {
  if (sent !== "no" || phase === "send") return deliveries[sent];
  return phase === "connect" || phase === "admission" ? "nothing was sent" : "";
}

function adviceFor(error: OutsockError, maxMessageBytes: number | undefined): string {
  const { code, cause, retryAfterMs } = error;
  if (retryAfterMs !== undefined) return `try again in ${formatDuration(retryAfterMs)}`;
  if (code === "TLS_FAILED" && isAnswerWithoutTls(cause)) {
    return "the server does not speak TLS on this port; use ws:// for a server without TLS";
  }
  if (code !== "MESSAGE_TOO_BIG") return adviceOn(code);
  if (isTooBigToSend(error)) return "raise the limit with --max-buffered-bytes";
  const limit = maxMessageBytes === undefined ? "" : ` of ${maxMessageBytes}`;
  return `the server sent a message over the limit${limit}; raise it with --max-message-bytes`;
}

/** OpenSSL's messages for bytes that are not a TLS record. */
function isAnswerWithoutTls(cause: unknown): boolean {
  return cause instanceof Error && /wrong version number|packet length too long/.test(cause.message);
}

/** Replaces control characters, so that text from the peer cannot control the terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, "?");
}

const byErrorCode: Readonly<Record<ErrorCode, string>> = {
  RATE_LIMITED: "send more slowly",
  INVALID_URL: "a URL looks like wss://host/path",
  URL_FORBIDDEN: "connecting to this address is not allowed",
  INVALID_MESSAGE: "check the message, or --codec",
  SERIALIZE_FAILED: "see --codec",
  PARSE_FAILED: "use --codec text for messages that are not JSON",
  REMOTE_ERROR: "",
  INVALID_RESPONSE: "the server sent an unexpected response",
  CONNECT_FAILED: "check the host and port, and that the server is running",
  CONNECT_TIMEOUT: "check the host and port, or allow more time with --timeout",
  HANDSHAKE_REJECTED: "check the path and the credentials (--header-env)",
  TLS_FAILED: "check the host name; use --ca for a private certificate authority",
  AUTH_FAILED: "check the token (--token-env)",
  NO_CONNECTION: "this is a bug, please report it",
  CONNECTION_CLOSED: "the server or the network ended the connection",
  SEND_FAILED: "the server or the network ended the connection",
  BACKPRESSURE: "the server is reading too slowly",
  RECEIVE_TIMEOUT:
    "allow more time with --timeout, or with --for of listen; outsock listen shows every message",
  INBOX_OVERFLOW: "the program reading the output is too slow",
  MESSAGE_TOO_BIG: "see --max-message-bytes and --max-buffered-bytes",
  PROTOCOL_ERROR: "check that this is a WebSocket server and that it supports the --subprotocol",
  CLOSE_FAILED: "the connection was dropped",
  ABORTED: "",
  DISPOSED: "",
};

/** What to do about a failure, in a few words; "" if there is nothing to do. */
function adviceOn(code: ErrorCode): string {
  return byErrorCode[code];
}

/** Options that the library's messages mention, and the flags that set them. */
const flagsByOption: Readonly<Record<string, string>> = {
  maxBufferedBytes: "--max-buffered-bytes",
  maxMessageBytes: "--max-message-bytes",
  timeoutMs: "--timeout",
};

/** The advice in these messages is for programs; the command line gives its own. */
const adviceForPrograms: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "BACKPRESSURE",
  "CONNECT_TIMEOUT",
  "INBOX_OVERFLOW",
  "PARSE_FAILED",
]);

/** The message of a failure, with flags in place of options. */
function inFlags({ code, message }: OutsockError): string {
  const fact = adviceForPrograms.has(code) ? message.replace(/(?:; |: receive faster).*$/s, "") : message;
  return fact.replace(/\b[a-z]+[A-Z]\w*/g, (word) =>
    Object.hasOwn(flagsByOption, word) ? (flagsByOption[word] ?? word) : word,
  );
}

/** The library's message about an invalid option ("connect: headers has ..."), with flags in place of options. It contains no values. */
export function optionInFlags({ message }: TypeError): string {
  return message
    .replace(/^\w+: /, "")
    .replace(/\bheaders\b/g, "--header")
    .replace(/\bprotocols\b/g, "--subprotocol");
}
