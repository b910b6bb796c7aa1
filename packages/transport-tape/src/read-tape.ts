import { readFileSync } from "node:fs";
import { basename } from "node:path";
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
import { parseLine } from "./parse-line.ts";
import { TapeError } from "./tape-error.ts";

/** An entry, and the line of the file that it is. */
export type OnLine<Entry> = Entry & { readonly line: number };

/** What happens on an open channel. */
export type ChannelEntry = OnLine<MessageEntry | ClosingEntry | TerminatedEntry | ClosedEntry>;

/** One channel of a tape. */
export interface TapeChannel {
  readonly number: number;
  readonly open: OnLine<OpenEntry>;
  /** How the open ended; nothing where it was still under way when the tape ended. */
  readonly outcome: OnLine<OpenedEntry | FailedEntry> | undefined;
  readonly entries: readonly ChannelEntry[];
}

/** A tape, read and checked. */
export interface Tape {
  /** The name of the file, without its folder. */
  readonly file: string;
  readonly header: TapeHeader;
  readonly channels: readonly TapeChannel[];
  /** The tape ends before the traffic did: it was full, or its last line was not written whole. */
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
 * @throws TapeError for a file that cannot be read or is no tape; it names the line.
 */
export function readTape(path: string): Tape {
  const file = basename(path);
  const source = load(path, file);
  const lines = source.split("\n");
  // After the end of the last line comes nothing, or a line that a full disk has cut short.
  const rest = parseLine(lines.at(-1) ?? "").ok ? "" : (lines.pop() ?? "");
  const whole = lines.map((line, index) => parsed(file, index + 1, line));
  const [header, ...others] = whole;
  if (header?.type !== "tape") throw new TapeError(file, 1, "the first line of a tape says so; this is none");
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
    if (entry.type === "tape") throw new TapeError(file, line, "a second tape begins here");
    if (entry.type === "cut") isCut = true;
    else if (entry.type === "open") {
      if (channels.has(entry.channel))
        throw new TapeError(file, line, `channel ${entry.channel} is open already`);
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
    throw new TapeError(file, line, `the open of channel ${channel.number} has ended already`);
  }
}
