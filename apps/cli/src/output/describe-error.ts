import type { ErrorCode, OutsockError, Sent } from "@outsock/core";
import { formatDuration } from "../options/durations.ts";
import { isTooBigToSend } from "./exit-codes.ts";
import { CliFailure } from "./failures.ts";

const deliveries: Readonly<Record<Sent, string>> = {
  no: "the message was not sent",
  maybe: "the message may have arrived",
  yes: "the server has the message",
};

/** One or two lines: what happened, then what became of the message and what to do. */
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

/** Only a send has a message for certain; a wait for a message has none of its own to tell about. */
function delivery({ phase, sent }: OutsockError): string {
  if (sent !== "no" || phase === "send") return deliveries[sent];
  return phase === "connect" || phase === "admission" ? "nothing was sent" : "";
}

function adviceFor(error: OutsockError, maxMessageBytes: number | undefined): string {
  const { code, cause, retryAfterMs } = error;
  if (retryAfterMs !== undefined) return `try again in ${formatDuration(retryAfterMs)}`;
  if (code === "TLS_FAILED" && isAnswerWithoutTls(cause)) {
    return "the server does not speak TLS on this port; a server without it is dialled with ws://";
  }
  if (code !== "MESSAGE_TOO_BIG") return adviceOn(code);
  if (isTooBigToSend(error)) return "send more at once with --max-buffered-bytes";
  const limit = maxMessageBytes === undefined ? "" : ` of ${maxMessageBytes}`;
  return `a message from the server is larger than the limit${limit}; accept more with --max-message-bytes`;
}

/** OpenSSL's words for bytes that are no TLS record. */
function isAnswerWithoutTls(cause: unknown): boolean {
  return cause instanceof Error && /wrong version number|packet length too long/.test(cause.message);
}

/** What comes from the peer must not steer the terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, "?");
}

const byErrorCode: Readonly<Record<ErrorCode, string>> = {
  RATE_LIMITED: "send more slowly",
  INVALID_URL: "a URL looks like wss://host/path",
  URL_FORBIDDEN: "this address may not be dialled",
  INVALID_MESSAGE: "check the message, or --codec",
  SERIALIZE_FAILED: "see --codec",
  PARSE_FAILED: "with --codec text messages are taken as they are",
  REMOTE_ERROR: "",
  INVALID_RESPONSE: "the server answered something else than expected",
  CONNECT_FAILED: "check host and port, and that the server runs",
  CONNECT_TIMEOUT: "check host and port, or give it longer with --timeout",
  HANDSHAKE_REJECTED: "check the path and the credentials (--header-env)",
  TLS_FAILED: "check the host name; --ca names an authority of your own",
  AUTH_FAILED: "check the token (--token-env)",
  NO_CONNECTION: "this is a bug, please report it",
  CONNECTION_CLOSED: "the server or the network ended it",
  SEND_FAILED: "the server or the network ended it",
  BACKPRESSURE: "the server does not read as fast as that",
  RECEIVE_TIMEOUT:
    "give it longer, with --timeout or listen's --for; outsock listen shows everything that comes",
  INBOX_OVERFLOW: "the reader of the output is too slow",
  MESSAGE_TOO_BIG: "see --max-message-bytes and --max-buffered-bytes",
  PROTOCOL_ERROR: "check that it is a WebSocket server and knows the --subprotocol",
  CLOSE_FAILED: "the connection is given up",
  ABORTED: "",
  DISPOSED: "",
};

/** What to do about it, in a few words; "" where there is nothing to do. */
function adviceOn(code: ErrorCode): string {
  return byErrorCode[code];
}

/** The library's options in its messages, and the flags that set them. */
const flagsByOption: Readonly<Record<string, string>> = {
  maxBufferedBytes: "--max-buffered-bytes",
  maxMessageBytes: "--max-message-bytes",
  timeoutMs: "--timeout",
};

/** What these messages advise is for programs; the command line has advice of its own. */
const adviceForPrograms: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "BACKPRESSURE",
  "CONNECT_TIMEOUT",
  "INBOX_OVERFLOW",
  "PARSE_FAILED",
]);

/** A failure's message in the words of the command line. */
function inFlags({ code, message }: OutsockError): string {
  const fact = adviceForPrograms.has(code) ? message.replace(/(?:; |: receive faster).*$/s, "") : message;
  return fact.replace(/\b[a-z]+[A-Z]\w*/g, (word) =>
    Object.hasOwn(flagsByOption, word) ? (flagsByOption[word] ?? word) : word,
  );
}

/** What the library says about an option of the wrong kind ("connect: headers has ..."). It shows no values. */
export function optionInFlags({ message }: TypeError): string {
  return message
    .replace(/^\w+: /, "")
    .replace(/\bheaders\b/g, "--header")
    .replace(/\bprotocols\b/g, "--subprotocol");
}
