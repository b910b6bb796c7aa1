import type { Compare } from "./compare.ts";
import type { ClosedEntry, ClosingEntry, MessageEntry, TerminatedEntry } from "./entry.ts";
import type { ChannelEntry, OnLine, Tape, TapeChannel } from "./read-tape.ts";
import { TapeParting } from "./tape-error.ts";

/** What the caller did, when the tape was recorded. */
type Act = OnLine<MessageEntry | ClosingEntry | TerminatedEntry>;

/** What the peer does, once the caller has done what it did before that on the tape. */
export interface Cue {
  readonly entry: OnLine<MessageEntry | ClosedEntry>;
  readonly afterActs: number;
  /** The time between the entry before it on the channel and this one. */
  readonly pauseMs: number;
}

/** How a caller's hanging up compares with the tape, and whether the tape has the answer to it. */
export interface Ending {
  readonly parting: TapeParting | undefined;
  readonly answered: boolean;
}

/** How far one channel of a tape has been played. It knows no time: cues are there to be taken as soon as they are due. */
export class Progress {
  readonly #place: { readonly file: string; readonly channel: number };
  readonly #channel: TapeChannel;
  readonly #compare: Compare;
  readonly #acts: readonly Act[];
  readonly #cues: readonly Cue[];
  #done = 0;
  #taken = 0;
  #ended = false;

  constructor({ file }: Tape, channel: TapeChannel, compare: Compare) {
    this.#place = { file, channel: channel.number };
    this.#channel = channel;
    this.#compare = compare;
    this.#acts = channel.entries.filter(isAct);
    this.#cues = cuesOf(channel);
  }

  /** The next thing the peer does, if it is its turn. */
  get cue(): Cue | undefined {
    const next = this.#cues[this.#taken];
    return next !== undefined && next.afterActs <= this.#done ? next : undefined;
  }

  take(): void {
    this.#taken += 1;
  }

  /** The caller sends. What is not as on the tape does not count as done. */
  sent(message: string | Uint8Array): TapeParting | undefined {
    const act = this.#acts[this.#done];
    if (act?.type !== "out") return this.#parting(act, "a message is sent");
    const difference = this.#compare(act, message);
    if (difference !== undefined) {
      return new TapeParting(
        { ...this.#place, line: act.line },
        "the message sent is another one",
        difference,
      );
    }
    this.#done += 1;
    return undefined;
  }

  /** The caller closes, or gives the channel up. From now on only what the tape has as the answer to that is due. */
  ended(how: "closing" | "terminated", code?: number): Ending {
    const act = this.#acts[this.#done];
    this.#done = this.#acts.length;
    this.#ended = true;
    if (act?.type === "out") {
      const parting = this.#parting(act, how === "closing" ? "the caller closes" : "the caller gives up");
      return { parting, answered: false };
    }
    if (how === "terminated" || act?.type !== "closing") return { parting: undefined, answered: false };
    const answered = this.#cues.slice(this.#taken).some(({ entry }) => entry.type === "closed");
    if (act.code === code) return { parting: undefined, answered };
    const difference = { at: "code", recorded: act.code, actual: code };
    const what = "the caller closes differently";
    return { parting: new TapeParting({ ...this.#place, line: act.line }, what, difference), answered };
  }

  /** The first entry that was not played; nothing when all were, or when the caller has hung up. */
  rest(): TapeParting | undefined {
    if (this.#ended) return undefined;
    const act = this.#acts[this.#done];
    const cue = this.#cues[this.#taken]?.entry;
    const first = [act, cue].filter((entry) => entry !== undefined).sort((a, b) => a.line - b.line)[0];
    if (first === undefined) return undefined;
    return new TapeParting({ ...this.#place, line: first.line }, `the tape goes on with ${nameOf(first)}`);
  }

  #parting(act: Act | undefined, what: string): TapeParting {
    const last = this.#channel.entries.at(-1) ?? this.#channel.open;
    const instead = act === undefined ? "nothing more of the caller" : nameOf(act);
    return new TapeParting(
      { ...this.#place, line: act?.line ?? last.line },
      `${what}, where the tape has ${instead}`,
    );
  }
}

function isAct(entry: ChannelEntry): entry is Act {
  return entry.type !== "in" && entry.type !== "closed";
}

function cuesOf({ open, outcome, entries }: TapeChannel): readonly Cue[] {
  const cues: Cue[] = [];
  let acts = 0;
  let beforeMs = outcome?.atMs ?? open.atMs;
  for (const entry of entries) {
    if (isAct(entry)) acts += 1;
    else cues.push({ entry, afterActs: acts, pauseMs: Math.max(0, entry.atMs - beforeMs) });
    beforeMs = entry.atMs;
  }
  return cues;
}

const names: Readonly<Record<ChannelEntry["type"], string>> = {
  out: "a message sent",
  in: "a message received",
  closing: "a close by the caller",
  terminated: "the caller giving up",
  closed: "the connection's end",
};

function nameOf({ type }: ChannelEntry): string {
  return names[type];
}
