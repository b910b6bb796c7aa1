export { type Compare, type CompareOptions, createCompare, payloadOf, type TapeMatch } from "./compare.ts";
export type {
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
export { Player, type PlayerEvents, type PlayerOptions } from "./player.ts";
export type { Ending } from "./progress.ts";
export { type ChannelEntry, type OnLine, readTape, type Tape, type TapeChannel } from "./read-tape.ts";
export { type RecordedTransport, type RecordOptions, recorded } from "./recorded.ts";
export { type ReplayedTransport, type ReplayOptions, replayed } from "./replayed.ts";
export { type Difference, TapeError, TapeParting } from "./tape-error.ts";
export type { RecordingState } from "./tape-writer.ts";
