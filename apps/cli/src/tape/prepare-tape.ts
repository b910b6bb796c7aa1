import { type ChannelEntry, entryPayload, type Tape, type TapeChannel } from "@outsock/transport-tape";
import { environmentValue } from "../options/connection-options.ts";
import { UsageError } from "../output/failures.ts";
import { tapeFailure } from "./tape-file.ts";

type Payload = string | Uint8Array;

/** A channel of a tape with everything to send, secrets restored. */
export interface PreparedChannel {
  readonly channel: TapeChannel;
  readonly url: string;
  readonly protocols: readonly string[];
  /** Keyed by the line on the tape. */
  readonly payloads: ReadonlyMap<number, Payload>;
}

/**
 * Prepares a whole tape before connecting, so that a tape that cannot be finished is not started.
 * @throws CliFailure TAPE_FAILED for a placeholder without a value, and for a tape without connections.
 */
export function prepareTape(
  tape: Tape,
  url: string | undefined,
  placeholders: Placeholders,
): readonly PreparedChannel[] {
  const channels = tape.channels.filter(wasAnswered);
  if (channels.length === 0) throw tapeFailure(`${tape.file}: there is no connection on this tape`);
  return channels.map((channel) => {
    const { open, entries } = channel;
    const restored = <Value>(value: Value | undefined, source: string, what: string, line: number): Value => {
      if (value !== undefined) return value;
      const placeholder = placeholders.missingIn(source) ?? "a secret";
      const how = `--secret-env ${placeholder.replaceAll("*", "")}=VARIABLE`;
      throw tapeFailure(
        `${tape.file}:${line}: ${placeholder} replaces a secret in ${what}; restore it with ${how}`,
      );
    };
    const sent = entries.flatMap((entry) => (entry.type === "out" ? [entry] : []));
    return {
      channel,
      url:
        url ??
        restored(placeholders.inUrl(open.url), open.url, "the URL, which you can also pass", open.line),
      protocols: open.protocols.map((name) =>
        restored(placeholders.inName(name), name, "a subprotocol", open.line),
      ),
      payloads: new Map(
        sent.map((entry) => [
          entry.line,
          restored(payloadWith(entry, placeholders), textOf(entry), "this message", entry.line),
        ]),
      ),
    };
  });
}

/** False for connection attempts that were abandoned during recording: their outcome is unknown. */
function wasAnswered({ outcome }: TapeChannel): boolean {
  return outcome !== undefined && !(outcome.type === "failed" && outcome.code === "ABORTED");
}

function textOf(entry: Extract<ChannelEntry, { type: "out" | "in" }>): string {
  const payload = entryPayload(entry);
  return typeof payload === "string" ? payload : Buffer.from(payload).toString();
}

function payloadWith(
  entry: Extract<ChannelEntry, { type: "out" | "in" }>,
  placeholders: Placeholders,
): Payload | undefined {
  const payload = entryPayload(entry);
  if (typeof payload === "string") return placeholders.inMessage(payload);
  const text = Buffer.from(payload).toString("latin1");
  if (!text.includes("***")) return payload;
  const put = placeholders.inMessage(Buffer.from(payload).toString());
  return put === undefined ? undefined : Buffer.from(put);
}

/** Restores the secrets that a tape replaced. Each method returns undefined if a placeholder has no value. */
export interface Placeholders {
  /** The values given. */
  readonly secrets: readonly string[];
  inMessage(text: string): string | undefined;
  inUrl(url: string): string | undefined;
  inName(name: string): string | undefined;
  /** The first placeholder in a text without a value, as `***1`. */
  missingIn(text: string): string | undefined;
}

/** Reads `--secret-env 1=TOKEN`: `***1` stands for the value of TOKEN. */
export function readPlaceholders(options: readonly string[], env: NodeJS.ProcessEnv): Placeholders {
  const values = new Map(options.map((option) => readPlaceholder(option, env)));
  const putBack = (text: string, escaped: (value: string) => string): string | undefined => {
    const put = text.replace(/\*\*\*(\d+)/g, (placeholder, number: string) => {
      const value = values.get(number);
      return value === undefined ? placeholder : escaped(value);
    });
    return [...text.matchAll(/\*\*\*(\d*)/g)].every(([, number = ""]) => values.has(number))
      ? put
      : undefined;
  };
  return {
    secrets: [...values.values()],
    inMessage: (text) => putBack(text, isJson(text) ? escapeForJson : unchanged),
    inUrl: (url) => putBack(url, encodeURIComponent),
    inName: (name) => putBack(name, unchanged),
    missingIn: (text) =>
      [...text.matchAll(/\*\*\*(\d*)/g)].find(([, number = ""]) => !values.has(number))?.[0],
  };
}

function readPlaceholder(option: string, env: NodeJS.ProcessEnv): readonly [number: string, value: string] {
  const [, number, variable] = /^(?:\*\*\*)?(\d+)=(\w+)$/.exec(option) ?? [];
  if (number === undefined || variable === undefined) {
    throw new UsageError("--secret-env takes n=VARIABLE, such as 1=TOKEN for ***1 on the tape");
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

function unchanged(value: string): string {
  return value;
}
