import type { MessageEntry } from "./entry.ts";
import { jsonDifference } from "./json-difference.ts";
import { neutral } from "./redaction/stand-in.ts";
import type { Difference } from "./tape-error.ts";

type Written = Pick<MessageEntry, "text" | "bytes">;

/** Where two messages differ of which the secrets are taken out. `exact`: in values, too. */
export function differenceOf(recorded: Written, actual: Written, exact: boolean): Difference | undefined {
  if (recorded.text !== undefined && actual.text !== undefined) {
    return textDifference(neutral(recorded.text), neutral(actual.text), exact);
  }
  if (recorded.bytes !== undefined && actual.bytes !== undefined) {
    return exact ? byteDifference(recorded.bytes, actual.bytes) : undefined;
  }
  return { at: "$", recorded: shown(recorded), actual: shown(actual) };
}

function neutralBytes(base64: string): Uint8Array {
  return Buffer.from(neutral(Buffer.from(base64, "base64").toString("latin1")), "latin1");
}

/** As it is quoted. */
export function shown({ text, bytes = "" }: Written): string {
  return text ?? `${Buffer.from(bytes, "base64").length} bytes`;
}

function textDifference(recorded: string, actual: string, exact: boolean): Difference | undefined {
  const [one, other] = [jsonOf(recorded), jsonOf(actual)];
  if (!exact && one === undefined && other === undefined) return undefined;
  try {
    if (one !== undefined && other !== undefined) return jsonDifference("$", one.value, other.value, exact);
  } catch (error) {
    // Nested too deep to be looked through: then the texts have to be the same.
    if (!(error instanceof RangeError)) throw error;
  }
  const at = firstDifference(recorded, actual);
  return at === undefined ? undefined : { at: `character ${at + 1}`, recorded, actual };
}

function byteDifference(recorded: string, actual: string): Difference | undefined {
  const [one, other] = [neutralBytes(recorded), neutralBytes(actual)];
  const at = firstDifference(one, other);
  return at === undefined ? undefined : { at: `byte ${at + 1}`, recorded: one[at], actual: other[at] };
}

function firstDifference(one: ArrayLike<unknown>, other: ArrayLike<unknown>): number | undefined {
  const length = Math.max(one.length, other.length);
  for (let at = 0; at < length; at += 1) if (one[at] !== other[at]) return at;
  return undefined;
}

function jsonOf(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
