import { text } from "node:stream/consumers";
import type { CodecName } from "../options/connection-options.ts";
import { UsageError } from "../output/failures.ts";

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

/** A call as it is written in one argument: the method, and after a space its parameters as JSON. */
export interface WrittenCall {
  readonly method: string;
  readonly params: unknown;
}

/** Parameters as JSON; `-` is all of stdin. Undefined where none are given. @throws UsageError */
export async function readParams(argument: string | undefined, signal: AbortSignal): Promise<unknown> {
  if (argument === undefined) return undefined;
  return parseParams(argument === "-" ? await readMessage("-", "text", signal) : argument);
}

/** `eth_subscribe ["newHeads"]`. @throws UsageError */
export function readCall(text: string): WrittenCall {
  const [, method, params = ""] = /^\s*(\S+)\s*(.*)$/s.exec(text) ?? [];
  if (method === undefined) throw new UsageError("the method is missing");
  return { method, params: params.trim() === "" ? undefined : parseParams(params) };
}

function parseParams(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError("the parameters are not JSON; check the shell's quoting");
  }
}
