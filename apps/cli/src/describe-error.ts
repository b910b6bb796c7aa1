import type { OutsockError, Sent } from "@outsock/core";
import { adviceOn } from "./advice.ts";
import { formatDuration } from "./durations.ts";

const deliveries: Readonly<Record<Sent, string>> = {
  no: "the message was not sent",
  maybe: "the message may have arrived",
  yes: "the server answered the message",
};

/** One or two lines: what happened, then what became of the message and what to do. */
export function describeError(error: OutsockError): readonly string[] {
  const where = error.url === undefined || error.message.includes(error.url) ? "" : ` (${error.url})`;
  const reason = error.closeReason === undefined ? "" : `, "${printable(error.closeReason)}"`;
  const second = [delivery(error), adviceFor(error)].filter((part) => part !== "").join("; ");
  const first = `${error.message}${reason}${where}`;
  return second === "" ? [first] : [first, second];
}

/** A wait for a message has none of its own to tell about. */
function delivery({ phase, sent }: OutsockError): string {
  return sent === "no" && (phase === "receive" || phase === "close") ? "" : deliveries[sent];
}

function adviceFor({ code, retryAfterMs }: OutsockError): string {
  return retryAfterMs === undefined ? adviceOn(code) : `try again in ${formatDuration(retryAfterMs)}`;
}

/** A close reason comes from the peer: it must not steer the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, "?");
}
