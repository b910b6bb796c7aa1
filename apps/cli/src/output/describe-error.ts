import type { OutsockError, Sent } from "@outsock/core";
import { formatDuration } from "../options/durations.ts";
import { adviceOn } from "./advice.ts";
import { isTooBigToSend } from "./exit-codes.ts";
import { CliFailure } from "./failures.ts";
import { inFlags } from "./in-flags.ts";

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
