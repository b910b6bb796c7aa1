import type { Compare } from "./compare.ts";
import type { ClosedEntry, ClosingEntry, MessageEntry, TerminatedEntry } from "./entry.ts";
import type { ChannelEntry, OnLine, Tape, TapeChannel } from "./read-tape.ts";
import { TapeParting } from "./tape-error.ts";

/** What the caller did during recording. */
type CallerEntry = OnLine<MessageEntry | ClosingEntry | TerminatedEntry>;

/** What the peer does, once the caller has done everything that comes before it on the tape. */
export interface PeerStep {
  readonly entry: OnLine<MessageEntry | ClosedEntry>;
  readonly afterCallerEntries: number;
  /** The time since the previous entry of the channel. */
  readonly pauseMs: number;
}

/** How a caller's close or termination compares with the tape, and whether the tape has the peer's answer to it. */
export interface HangUp {
  readonly parting: TapeParting | undefined;
  readonly answered: boolean;
}

/** How far one channel of a tape has been played. It does not deal with time: a step is due once its turn has come. */
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

  /** The peer's next step, if its turn has come. */
  get due(): PeerStep | undefined {
    const next = this.#peerSteps[this.#peerAt];
    return next !== undefined && next.afterCallerEntries <= this.#callerAt ? next : undefined;
  }

  take(): void {
    this.#peerAt += 1;
  }

  /** The caller sends. A message that does not match leaves the position on the tape as it is. */
  sent(message: string | Uint8Array): TapeParting | undefined {
    const expected = this.#callerEntries[this.#callerAt];
    if (expected?.type !== "out") return this.#parting(expected, "a message is sent");
    const difference = this.#compare(expected, message);
    if (difference !== undefined) {
      return new TapeParting(
        { ...this.#place, line: expected.line },
        "the message sent differs from the tape",
        difference,
      );
    }
    this.#callerAt += 1;
    return undefined;
  }

  /** The caller closes or terminates. From now on only the recorded answer to that is due. */
  ended(how: "closing" | "terminated", code?: number): HangUp {
    const expected = this.#callerEntries[this.#callerAt];
    this.#callerAt = this.#callerEntries.length;
    this.#ended = true;
    if (expected?.type === "out") {
      const parting = this.#parting(
        expected,
        how === "closing" ? "the caller closes" : "the caller terminates",
      );
      return { parting, answered: false };
    }
    if (how === "terminated" || expected?.type !== "closing") return { parting: undefined, answered: false };
    const answered = this.#peerSteps.slice(this.#peerAt).some(({ entry }) => entry.type === "closed");
    if (expected.code === code) return { parting: undefined, answered };
    const difference = { at: "code", recorded: expected.code, actual: code };
    const what = "the close code differs from the tape";
    return { parting: new TapeParting({ ...this.#place, line: expected.line }, what, difference), answered };
  }

  /** The first entry that was not played; undefined if all were, or if the caller has closed. */
  rest(): TapeParting | undefined {
    if (this.#ended) return undefined;
    const expected = this.#callerEntries[this.#callerAt];
    const step = this.#peerSteps[this.#peerAt]?.entry;
    const first = [expected, step].filter((entry) => entry !== undefined).sort((a, b) => a.line - b.line)[0];
    if (first === undefined) return undefined;
    return new TapeParting(
      { ...this.#place, line: first.line },
      `not played to the end: the tape continues with ${nameOf(first)}`,
    );
  }

  #parting(expected: CallerEntry | undefined, what: string): TapeParting {
    const last = this.#channel.entries.at(-1) ?? this.#channel.open;
    const instead = expected === undefined ? "nothing more from the caller" : nameOf(expected);
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
  terminated: "a termination by the caller",
  closed: "the end of the connection",
};

function nameOf({ type }: ChannelEntry): string {
  return names[type];
}
