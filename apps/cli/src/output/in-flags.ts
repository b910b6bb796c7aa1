import type { ErrorCode, OutsockError } from "@outsock/core";

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
export function inFlags({ code, message }: OutsockError): string {
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
