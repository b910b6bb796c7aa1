import { entryPayload, type MessageEntry } from "./entry.ts";
import { Redactor } from "./redaction/redactor.ts";
import { unnumbered } from "./redaction/secrets.ts";
import type { Difference } from "./tape-error.ts";

type Payload = string | Uint8Array;

/**
 * When a message matches the one on the tape.
 *
 * - `"exact"`: the same JSON with keys in any order; or the same text or bytes.
 * - `"shape"`: JSON with the same keys and values of the same types. Array lengths may differ.
 * - a function that decides, given both.
 */
export type TapeMatch = "exact" | "shape" | ((actual: Payload, recorded: Payload) => boolean);

export interface CompareOptions {
  readonly match?: TapeMatch | undefined;
  /** The function that the tape was recorded with, so that it redacts the same in what is compared. */
  readonly redact?: ((text: string) => string) | undefined;
  /** Values known to be secret, such as those substituted for placeholders. They are redacted whatever they look like. */
  readonly secrets?: readonly string[] | undefined;
}

/** Returns where a message differs from the one on a tape, or undefined. Secrets are redacted in both and never differ. */
export type Compare = (recorded: MessageEntry, actual: Payload) => Difference | undefined;

export function createCompare({ match, redact, secrets }: CompareOptions = {}): Compare {
  return compareWith(new Redactor(redact, secrets), match);
}

/** As `createCompare`, with a redactor that may already know secrets. */
export function compareWith(redactor: Redactor, match: TapeMatch = "exact"): Compare {
  return (recorded, actual) => {
    if (typeof match !== "function") {
      return differenceOf(redactor.recordedMessage(recorded), redactor.message(actual), match === "exact");
    }
    if (match(actual, entryPayload(recorded))) return undefined;
    return {
      at: "$",
      recorded: shown(redactor.recordedMessage(recorded)),
      actual: shown(redactor.message(actual)),
    };
  };
}

type Redacted = Pick<MessageEntry, "text" | "bytes">;

/** Where two redacted messages differ. `exact` compares values too. */
function differenceOf(recorded: Redacted, actual: Redacted, exact: boolean): Difference | undefined {
  if (recorded.text !== undefined && actual.text !== undefined) {
    return textDifference(unnumbered(recorded.text), unnumbered(actual.text), exact);
  }
  if (recorded.bytes !== undefined && actual.bytes !== undefined) {
    return exact ? byteDifference(recorded.bytes, actual.bytes) : undefined;
  }
  return { at: "$", recorded: shown(recorded), actual: shown(actual) };
}

function unnumberedBytes(base64: string): Uint8Array {
  return Buffer.from(unnumbered(Buffer.from(base64, "base64").toString("latin1")), "latin1");
}

/** A message as errors quote it. */
function shown({ text, bytes = "" }: Redacted): string {
  return text ?? `${Buffer.from(bytes, "base64").length} bytes`;
}

function textDifference(recorded: string, actual: string, exact: boolean): Difference | undefined {
  const [one, other] = [jsonOf(recorded), jsonOf(actual)];
  if (!exact && one === undefined && other === undefined) return undefined;
  try {
    if (one !== undefined && other !== undefined) return jsonDifference("$", one.value, other.value, exact);
  } catch (error) {
    // Nested too deeply to compare as JSON: compare the texts instead.
    if (!(error instanceof RangeError)) throw error;
  }
  const at = firstDifference(recorded, actual);
  return at === undefined ? undefined : { at: `character ${at + 1}`, recorded, actual };
}

function byteDifference(recorded: string, actual: string): Difference | undefined {
  const [one, other] = [unnumberedBytes(recorded), unnumberedBytes(actual)];
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

/** Where two JSON values differ, as a path from `at`. `exact` compares values as well as keys and types. */
function jsonDifference(
  at: string,
  recorded: unknown,
  actual: unknown,
  exact: boolean,
): Difference | undefined {
  const kind = kindOf(recorded);
  if (kind !== kindOf(actual)) return { at, recorded, actual };
  if (Array.isArray(recorded) && Array.isArray(actual)) return arrayDifference(at, recorded, actual, exact);
  if (isObject(recorded) && isObject(actual)) return objectDifference(at, recorded, actual, exact);
  return exact && recorded !== actual ? { at, recorded, actual } : undefined;
}

function arrayDifference(
  at: string,
  recorded: readonly unknown[],
  actual: readonly unknown[],
  exact: boolean,
): Difference | undefined {
  for (let index = 0; index < Math.min(recorded.length, actual.length); index += 1) {
    const difference = jsonDifference(`${at}[${index}]`, recorded[index], actual[index], exact);
    if (difference !== undefined) return difference;
  }
  if (!exact || recorded.length === actual.length) return undefined;
  return { at: `${at}.length`, recorded: recorded.length, actual: actual.length };
}

function objectDifference(
  at: string,
  recorded: Readonly<Record<string, unknown>>,
  actual: Readonly<Record<string, unknown>>,
  exact: boolean,
): Difference | undefined {
  for (const name of new Set([...Object.keys(recorded), ...Object.keys(actual)])) {
    const place = /^[\w$]+$/.test(name) ? `${at}.${name}` : `${at}[${JSON.stringify(name)}]`;
    const difference = jsonDifference(place, own(recorded, name), own(actual, name), exact);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** The JSON type. A missing key is a type of its own, "undefined". */
function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function own(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
