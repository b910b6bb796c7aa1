import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { transportErrorCodes } from "@outsock/core";
import type {
  ClosedEntry,
  ClosingEntry,
  CutEntry,
  FailedEntry,
  MessageEntry,
  OpenEntry,
  OpenedEntry,
  TapeEntry,
  TapeHeader,
  TapeLine,
  TerminatedEntry,
} from "./entry.ts";
import { TapeError } from "./tape-error.ts";

/** An entry with its line number in the file. */
export type OnLine<Entry> = Entry & { readonly line: number };

/** An entry of an open channel. */
export type ChannelEntry = OnLine<MessageEntry | ClosingEntry | TerminatedEntry | ClosedEntry>;

/** One channel of a tape. */
export interface TapeChannel {
  readonly number: number;
  readonly open: OnLine<OpenEntry>;
  /** How the open ended; undefined if it was still in progress when the tape ended. */
  readonly outcome: OnLine<OpenedEntry | FailedEntry> | undefined;
  readonly entries: readonly ChannelEntry[];
}

/** A parsed and validated tape. */
export interface Tape {
  /** The file's name without its folder. */
  readonly file: string;
  readonly header: TapeHeader;
  readonly channels: readonly TapeChannel[];
  /** Why the tape ends before the traffic did, or undefined. `"half a line"`: the last line is incomplete. */
  readonly cut: CutEntry["why"] | "half a line" | undefined;
}

interface Growing {
  readonly number: number;
  readonly open: OnLine<OpenEntry>;
  outcome: OnLine<OpenedEntry | FailedEntry> | undefined;
  readonly entries: ChannelEntry[];
}

/**
 * Reads a tape.
 *
 * @throws TapeError for a file that cannot be read or is not a tape. It names the line.
 */
export function readTape(path: string): Tape {
  const file = basename(path);
  const source = load(path, file);
  const lines = source.split("\n");
  // The last line ends with a newline, or a full disk cut it short.
  const rest = parseLine(lines.at(-1) ?? "").ok ? "" : (lines.pop() ?? "");
  const whole = lines.map((line, index) => parsed(file, index + 1, line));
  const [header, ...others] = whole;
  if (header?.type !== "tape")
    throw new TapeError(file, 1, 'this is not a tape: the first line must have the type "tape"');
  const last = others.at(-1);
  const cut = rest === "" ? (last?.type === "cut" ? last.why : undefined) : "half a line";
  return { file, header, channels: channelsOf(file, others), cut };
}

function load(path: string, file: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    throw new TapeError(file, undefined, `the tape cannot be read${code}`, error);
  }
}

function parsed(file: string, number: number, source: string): TapeLine {
  const result = parseLine(source);
  if (!result.ok) throw new TapeError(file, number, result.problem);
  return result.line;
}

function channelsOf(file: string, lines: readonly TapeLine[]): readonly TapeChannel[] {
  const channels = new Map<number, Growing>();
  let isCut = false;
  for (const [index, entry] of lines.entries()) {
    const line = index + 2;
    if (isCut) throw new TapeError(file, line, "the tape was cut before this line");
    if (entry.type === "tape") throw new TapeError(file, line, "a second tape starts here");
    if (entry.type === "cut") isCut = true;
    else if (entry.type === "open") {
      if (channels.has(entry.channel))
        throw new TapeError(file, line, `channel ${entry.channel} is already open`);
      const open = { ...entry, line };
      channels.set(entry.channel, { number: entry.channel, open, outcome: undefined, entries: [] });
    } else {
      const channel = channels.get(entry.channel);
      if (channel === undefined) throw new TapeError(file, line, `channel ${entry.channel} was never opened`);
      add(file, channel, entry, line);
    }
  }
  return [...channels.values()];
}

function add(file: string, channel: Growing, entry: Exclude<TapeEntry, OpenEntry>, line: number): void {
  if (entry.type !== "opened" && entry.type !== "failed") {
    channel.entries.push({ ...entry, line });
  } else if (channel.outcome === undefined) {
    channel.outcome = { ...entry, line };
  } else {
    throw new TapeError(file, line, `channel ${channel.number} already has an outcome`);
  }
}

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

/** A WebSocket close code (RFC 6455 section 7.4). */
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

/** A parsed line, or what is wrong with it. */
type ParsedLine =
  | { readonly ok: true; readonly line: TapeLine }
  | { readonly ok: false; readonly problem: string };

function parseLine(source: string): ParsedLine {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    return { ok: false, problem: "the line is not JSON" };
  }
  return isLine(value) ? { ok: true, line: value } : { ok: false, problem: findProblem(value) ?? "" };
}

function isLine(value: unknown): value is TapeLine {
  return findProblem(value) === undefined;
}

function findProblem(value: unknown): string | undefined {
  if (!isObject(value)) return "the line is not a JSON object";
  const { type } = value;
  if (typeof type !== "string" || !Object.hasOwn(fields, type)) {
    return `"type" must be one of ${Object.keys(fields).join(", ")}`;
  }
  const wrong = Object.entries(fieldsOf(type)).find(([name, kind]) => !kind(value[name]));
  if (wrong !== undefined) return `"${wrong[0]}" is missing or invalid`;
  const isMessage = type === "in" || type === "out";
  if (isMessage && (value.text === undefined) === (value.bytes === undefined)) {
    return 'a message must have either "text" or "bytes"';
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
