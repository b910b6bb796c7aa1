import { transportErrorCodes } from "@outsock/core";
import type { TapeLine } from "./entry.ts";

type Kind = (value: unknown) => boolean;
type Fields = Readonly<Record<string, Kind>>;

const text: Kind = (value) => typeof value === "string";
const texts: Kind = (value) => Array.isArray(value) && value.every(text);
const flag: Kind = (value) => typeof value === "boolean";
const number: Kind = (value) => typeof value === "number" && Number.isFinite(value) && value >= 0;
const code: Kind = (value) => Number.isInteger(value) && number(value);
const base64: Kind = (value) => typeof value === "string" && /^[\w+/]*={0,2}$/.test(value);
const optional =
  (kind: Kind): Kind =>
  (value) =>
    value === undefined || kind(value);

/** Of a close (RFC 6455 section 7.4). */
const closeCode: Kind = (value) => code(value) && Number(value) >= 1_000 && Number(value) <= 4_999;
const errorCode: Kind = (value) => transportErrorCodes.some((known) => known === value);

const onChannel: Fields = { channel: (value) => code(value) && value !== 0, atMs: number };
const message: Fields = { ...onChannel, text: optional(text), bytes: optional(base64) };

const fields: Readonly<Record<TapeLine["type"], Fields>> = {
  tape: { version: (value) => value === 1, transport: text, startedAt: text },
  open: {
    ...onChannel,
    url: (value) => typeof value === "string" && URL.canParse(value),
    headers: texts,
    protocols: texts,
  },
  opened: { ...onChannel, protocol: text },
  failed: { ...onChannel, code: errorCode, status: optional(code), retryAfterMs: optional(number) },
  out: message,
  in: message,
  closing: { ...onChannel, code: optional(closeCode), reason: optional(text) },
  terminated: onChannel,
  closed: { ...onChannel, code: closeCode, reason: text, clean: flag, error: optional(errorCode) },
  cut: { why: (value) => value === "full" || value === "behind" },
};

/** What a line says, or what is wrong with it. */
export type ParsedLine =
  | { readonly ok: true; readonly line: TapeLine }
  | { readonly ok: false; readonly problem: string };

export function parseLine(source: string): ParsedLine {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    return { ok: false, problem: "it is not JSON" };
  }
  return isLine(value) ? { ok: true, line: value } : { ok: false, problem: findProblem(value) ?? "" };
}

function isLine(value: unknown): value is TapeLine {
  return findProblem(value) === undefined;
}

function findProblem(value: unknown): string | undefined {
  if (!isObject(value)) return "it is not a JSON object";
  const { type } = value;
  if (typeof type !== "string" || !Object.hasOwn(fields, type)) {
    return `"type" must be one of ${Object.keys(fields).join(", ")}`;
  }
  const wrong = Object.entries(fieldsOf(type)).find(([name, kind]) => !kind(value[name]));
  if (wrong !== undefined) return `"${wrong[0]}" is missing or not what it has to be`;
  const isMessage = type === "in" || type === "out";
  if (isMessage && (value.text === undefined) === (value.bytes === undefined)) {
    return 'a message has either "text" or "bytes"';
  }
  return undefined;
}

function fieldsOf(type: string): Fields {
  const found = Object.entries(fields).find(([name]) => name === type);
  return found?.[1] ?? {};
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
