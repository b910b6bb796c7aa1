import { UsageError } from "../output/usage-error.ts";
import { readMessage } from "./read-message.ts";

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
