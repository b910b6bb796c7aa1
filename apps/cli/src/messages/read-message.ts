import { text } from "node:stream/consumers";
import type { CodecName } from "../options/connection-options.ts";
import { UsageError } from "../output/usage-error.ts";

/** A message of the command line: `-` is all of stdin. @throws UsageError when it is not what the codec needs. */
export async function readMessage(argument: string, codec: CodecName, signal: AbortSignal): Promise<string> {
  const message = argument === "-" ? withoutLastNewline(await readStdin(signal)) : argument;
  if (argument === "-" && message === "" && codec === "json") {
    throw new UsageError("stdin was empty; - takes the message from it");
  }
  return checkMessage(message, codec, "the message");
}

/** The text that goes over the wire, exactly as it was written. */
export function checkMessage(message: string, codec: CodecName, what: string): string {
  if (codec === "text") return message;
  try {
    JSON.parse(message);
    return message;
  } catch {
    throw new UsageError(
      `${what} is not JSON; check the shell's quoting, or send it as it is with --codec text`,
    );
  }
}

async function readStdin(signal: AbortSignal): Promise<string> {
  const stop = () => process.stdin.destroy();
  signal.addEventListener("abort", stop);
  try {
    return await text(process.stdin);
  } finally {
    signal.removeEventListener("abort", stop);
    signal.throwIfAborted();
  }
}

function withoutLastNewline(message: string): string {
  return message.replace(/\r?\n$/, "");
}
