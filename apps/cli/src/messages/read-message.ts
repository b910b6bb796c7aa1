import { text } from "node:stream/consumers";
import type { CodecName } from "../options/connection-options.ts";
import { UsageError } from "../output/failures.ts";

/** A message argument; `-` reads all of stdin. @throws UsageError if the codec does not accept it. */
export async function readMessage(argument: string, codec: CodecName, signal: AbortSignal): Promise<string> {
  const message = argument === "-" ? withoutLastNewline(await readStdin(signal)) : argument;
  if (argument === "-" && message === "" && codec === "json") {
    throw new UsageError("stdin was empty; - reads the message from stdin");
  }
  return checkMessage(message, codec, "the message");
}

/** Checks the text of a message, which is then sent exactly as written. */
export function checkMessage(message: string, codec: CodecName, what: string): string {
  if (codec === "text") return message;
  try {
    JSON.parse(message);
    return message;
  } catch {
    throw new UsageError(
      `${what} is not JSON; check the shell quoting, or use --codec text to send it as is`,
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

/** A call written in one argument: the method, a space, and its parameters as JSON. */
export interface WrittenCall {
  readonly method: string;
  readonly params: unknown;
}

/** Parameters as JSON; `-` reads all of stdin. Undefined if there are none. @throws UsageError */
export async function readParams(argument: string | undefined, signal: AbortSignal): Promise<unknown> {
  if (argument === undefined) return undefined;
  return parseParams(argument === "-" ? await readMessage("-", "text", signal) : argument);
}

/** Parses a call such as `eth_subscribe ["newHeads"]`. @throws UsageError */
export function readCall(text: string): WrittenCall {
  const [, method, params = ""] = /^\s*(\S+)\s*(.*)$/s.exec(text) ?? [];
  if (method === undefined) throw new UsageError("the method is missing");
  return { method, params: params.trim() === "" ? undefined : parseParams(params) };
}

function parseParams(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError("the parameters are not JSON; check the shell quoting");
  }
}
