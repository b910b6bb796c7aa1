export { type Compare, type CompareOptions, createCompare, type TapeMatch } from "./compare.ts";
export {
  type ClosedEntry,
  type ClosingEntry,
  type CutEntry,
  entryPayload,
  type FailedEntry,
  type MessageEntry,
  type OpenEntry,
  type OpenedEntry,
  type TapeEntry,
  type TapeHeader,
  type TapeLine,
  type TerminatedEntry,
} from "./entry.ts";
export { Player, type PlayerEvents, type PlayerOptions } from "./player.ts";
export type { HangUp } from "./progress.ts";
export { type ChannelEntry, type OnLine, readTape, type Tape, type TapeChannel } from "./read-tape.ts";
export { type RecordedTransport, type RecordOptions, recorded } from "./recorded.ts";
export { type ReplayedTransport, type ReplayOptions, replayed } from "./replayed.ts";
export { type Difference, TapeError, TapeParting } from "./tape-error.ts";
export type { RecordingState } from "./tape-writer.ts";
