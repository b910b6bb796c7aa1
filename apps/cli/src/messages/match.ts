import { UsageError } from "../output/failures.ts";

/**
 * `--match id=1`: whether the value at a dotted path equals the given one. Strings are compared as they are, other
 * values by their JSON, so `id=1` matches both 1 and "1".
 */
export function readMatch(text: string): (value: unknown) => boolean {
  const equals = text.indexOf("=");
  if (equals < 1) throw new UsageError("--match takes path=value, such as id=1 or result.type=auth_ok");
  const path = text.slice(0, equals);
  const wanted = text.slice(equals + 1);
  return (value) => textOf(valueAtPath(value, path)) === wanted;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The value of a decoded message at a dotted path; undefined if there is none. */
export function valueAtPath(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((holder, name) => member(holder, name), value);
}

function member(holder: unknown, name: string): unknown {
  if (typeof holder !== "object" || holder === null) return undefined;
  return Object.getOwnPropertyDescriptor(holder, name)?.value;
}
