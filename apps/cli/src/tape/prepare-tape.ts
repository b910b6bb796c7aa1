import { type ChannelEntry, payloadOf, type Tape, type TapeChannel } from "@outsock/transport-tape";
import { environmentValue } from "../options/connection-options.ts";
import { UsageError } from "../output/failures.ts";
import { tapeFailure } from "./tape-file.ts";

type Payload = string | Uint8Array;

/** A channel of a tape with everything that is to be said in it, secrets put back. */
export interface PreparedChannel {
  readonly channel: TapeChannel;
  readonly url: string;
  readonly protocols: readonly string[];
  /** By the line of the tape. */
  readonly payloads: ReadonlyMap<number, Payload>;
}

/**
 * Before anything is dialled: a tape that cannot be said to its end is not begun.
 * @throws CliFailure TAPE_FAILED for a stand-in that nobody has named, and for a tape with nothing on it.
 */
export function prepareTape(
  tape: Tape,
  url: string | undefined,
  placeholders: Placeholders,
): readonly PreparedChannel[] {
  const channels = tape.channels.filter(wasAnswered);
  if (channels.length === 0) throw tapeFailure(`${tape.file}: there is no connection on it`);
  return channels.map((channel) => {
    const { open, entries } = channel;
    const named = <Value>(value: Value | undefined, source: string, what: string, line: number): Value => {
      if (value !== undefined) return value;
      const stand = placeholders.missingIn(source) ?? "a secret";
      const how = `--secret-env ${stand.replaceAll("*", "")}=VARIABLE`;
      throw tapeFailure(`${tape.file}:${line}: ${stand} stands for a secret in ${what}; ${how} puts it back`);
    };
    const sent = entries.flatMap((entry) => (entry.type === "out" ? [entry] : []));
    return {
      channel,
      url:
        url ?? named(placeholders.inUrl(open.url), open.url, "the URL, which can also be given", open.line),
      protocols: open.protocols.map((name) =>
        named(placeholders.inName(name), name, "a subprotocol", open.line),
      ),
      payloads: new Map(
        sent.map((entry) => [
          entry.line,
          named(payloadWith(entry, placeholders), textOf(entry), "this message", entry.line),
        ]),
      ),
    };
  });
}

/** Nobody can say how an open would have ended that was given up. */
function wasAnswered({ outcome }: TapeChannel): boolean {
  return outcome !== undefined && !(outcome.type === "failed" && outcome.code === "ABORTED");
}

function textOf(entry: Extract<ChannelEntry, { type: "out" | "in" }>): string {
  const payload = payloadOf(entry);
  return typeof payload === "string" ? payload : Buffer.from(payload).toString();
}

function payloadWith(
  entry: Extract<ChannelEntry, { type: "out" | "in" }>,
  placeholders: Placeholders,
): Payload | undefined {
  const payload = payloadOf(entry);
  if (typeof payload === "string") return placeholders.inMessage(payload);
  const text = Buffer.from(payload).toString("latin1");
  if (!text.includes("***")) return payload;
  const put = placeholders.inMessage(Buffer.from(payload).toString());
  return put === undefined ? undefined : Buffer.from(put);
}

/** Puts back what a tape has replaced. Each answers nothing where a stand-in is left that nobody has named. */
export interface Placeholders {
  /** What was named. */
  readonly secrets: readonly string[];
  inMessage(text: string): string | undefined;
  inUrl(url: string): string | undefined;
  inName(name: string): string | undefined;
  /** The first stand-in of a text that nobody has named, as `***1`. */
  missingIn(text: string): string | undefined;
}

/** From `--secret-env 1=TOKEN`: `***1` stands for the value of TOKEN. */
export function readPlaceholders(options: readonly string[], env: NodeJS.ProcessEnv): Placeholders {
  const values = new Map(options.map((option) => readStandIn(option, env)));
  const putBack = (text: string, escaped: (value: string) => string): string | undefined => {
    const put = text.replace(/\*\*\*(\d+)/g, (stand, number: string) => {
      const value = values.get(number);
      return value === undefined ? stand : escaped(value);
    });
    return [...text.matchAll(/\*\*\*(\d*)/g)].every(([, number = ""]) => values.has(number))
      ? put
      : undefined;
  };
  return {
    secrets: [...values.values()],
    inMessage: (text) => putBack(text, isJson(text) ? escapeForJson : asItIs),
    inUrl: (url) => putBack(url, encodeURIComponent),
    inName: (name) => putBack(name, asItIs),
    missingIn: (text) =>
      [...text.matchAll(/\*\*\*(\d*)/g)].find(([, number = ""]) => !values.has(number))?.[0],
  };
}

function readStandIn(option: string, env: NodeJS.ProcessEnv): readonly [number: string, value: string] {
  const [, number, variable] = /^(?:\*\*\*)?(\d+)=(\w+)$/.exec(option) ?? [];
  if (number === undefined || variable === undefined) {
    throw new UsageError("--secret-env looks like 1=TOKEN, for what stands as ***1 on the tape");
  }
  return [number, environmentValue(variable, env)];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function escapeForJson(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

function asItIs(value: string): string {
  return value;
}
