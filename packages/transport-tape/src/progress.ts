import type { Compare } from "./compare.ts";
import type { ClosedEntry, ClosingEntry, MessageEntry, TerminatedEntry } from "./entry.ts";
import type { ChannelEntry, OnLine, Tape, TapeChannel } from "./read-tape.ts";
import { TapeParting } from "./tape-error.ts";

/** What the caller did, when the tape was recorded. */
type CallerEntry = OnLine<MessageEntry | ClosingEntry | TerminatedEntry>;

/** What the peer does, once the caller has done what it did before that on the tape. */
export interface PeerStep {
  readonly entry: OnLine<MessageEntry | ClosedEntry>;
  readonly afterCallerEntries: number;
  /** The time between the entry before it on the channel and this one. */
  readonly pauseMs: number;
}

/** How a caller's hanging up compares with the tape, and whether the tape has the answer to it. */
export interface HangUp {
  readonly parting: TapeParting | undefined;
  readonly answered: boolean;
}

/** How far one channel of a tape has been played. It knows no time: steps are there to be taken as soon as they are due. */
export class Progress {
  readonly #place: { readonly file: string; readonly channel: number };
  readonly #channel: TapeChannel;
  readonly #compare: Compare;
  readonly #callerEntries: readonly CallerEntry[];
  readonly #peerSteps: readonly PeerStep[];
  #callerAt = 0;
  #peerAt = 0;
  #ended = false;

  constructor({ file }: Tape, channel: TapeChannel, compare: Compare) {
    this.#place = { file, channel: channel.number };
    this.#channel = channel;
    this.#compare = compare;
    this.#callerEntries = channel.entries.filter(isCallerEntry);
    this.#peerSteps = peerStepsOf(channel);
  }

  /** The next thing the peer does, if it is its turn. */
  get due(): PeerStep | undefined {
    const next = this.#peerSteps[this.#peerAt];
    return next !== undefined && next.afterCallerEntries <= this.#callerAt ? next : undefined;
  }

  take(): void {
    this.#peerAt += 1;
  }

  /** The caller sends. What is not as on the tape does not count as done. */
  sent(message: string | Uint8Array): TapeParting | undefined {
    const expected = this.#callerEntries[this.#callerAt];
    if (expected?.type !== "out") return this.#parting(expected, "a message is sent");
    const difference = this.#compare(expected, message);
    if (difference !== undefined) {
      return new TapeParting(
        { ...this.#place, line: expected.line },
        "the message sent is another one",
        difference,
      );
    }
    this.#callerAt += 1;
    return undefined;
  }

  /** The caller closes, or gives the channel up. From now on only what the tape has as the answer to that is due. */
  ended(how: "closing" | "terminated", code?: number): HangUp {
    const expected = this.#callerEntries[this.#callerAt];
    this.#callerAt = this.#callerEntries.length;
    this.#ended = true;
    if (expected?.type === "out") {
      const parting = this.#parting(
        expected,
        how === "closing" ? "the caller closes" : "the caller gives up",
      );
      return { parting, answered: false };
    }
    if (how === "terminated" || expected?.type !== "closing") return { parting: undefined, answered: false };
    const answered = this.#peerSteps.slice(this.#peerAt).some(({ entry }) => entry.type === "closed");
    if (expected.code === code) return { parting: undefined, answered };
    const difference = { at: "code", recorded: expected.code, actual: code };
    const what = "the caller closes differently";
    return { parting: new TapeParting({ ...this.#place, line: expected.line }, what, difference), answered };
  }

  /** The first entry that was not played; nothing when all were, or when the caller has hung up. */
  rest(): TapeParting | undefined {
    if (this.#ended) return undefined;
    const expected = this.#callerEntries[this.#callerAt];
    const step = this.#peerSteps[this.#peerAt]?.entry;
    const first = [expected, step].filter((entry) => entry !== undefined).sort((a, b) => a.line - b.line)[0];
    if (first === undefined) return undefined;
    return new TapeParting({ ...this.#place, line: first.line }, `the tape goes on with ${nameOf(first)}`);
  }

  #parting(expected: CallerEntry | undefined, what: string): TapeParting {
    const last = this.#channel.entries.at(-1) ?? this.#channel.open;
    const instead = expected === undefined ? "nothing more of the caller" : nameOf(expected);
    return new TapeParting(
      { ...this.#place, line: expected?.line ?? last.line },
      `${what}, where the tape has ${instead}`,
    );
  }
}

function isCallerEntry(entry: ChannelEntry): entry is CallerEntry {
  return entry.type !== "in" && entry.type !== "closed";
}

function peerStepsOf({ open, outcome, entries }: TapeChannel): readonly PeerStep[] {
  const steps: PeerStep[] = [];
  let callerEntries = 0;
  let beforeMs = outcome?.atMs ?? open.atMs;
  for (const entry of entries) {
    if (isCallerEntry(entry)) callerEntries += 1;
    else
      steps.push({ entry, afterCallerEntries: callerEntries, pauseMs: Math.max(0, entry.atMs - beforeMs) });
    beforeMs = entry.atMs;
  }
  return steps;
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
