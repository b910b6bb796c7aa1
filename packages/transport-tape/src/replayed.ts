import { type Clock, systemClock, type Transport } from "@outsock/core";
import { type Check, checkOptions, checks, shape } from "@outsock/core/options";
import { compareWith, type TapeMatch } from "./compare.ts";
import { readTape, type Tape } from "./read-tape.ts";
import { Redactor } from "./redaction/redactor.ts";
import { Replay } from "./replay.ts";
import type { TapeParting } from "./tape-error.ts";

export interface ReplayOptions {
  /** When a message sent is the one on the tape. Default `"exact"`. */
  readonly match?: TapeMatch | undefined;
  /** The one that the tape was recorded with. */
  readonly redact?: ((text: string) => string) | undefined;
  /** 1 plays with the pauses of the tape, 2 twice as fast. Default: without pauses. */
  readonly speed?: number | undefined;
  /** For `speed`. Default: the runtime's monotonic clock. */
  readonly clock?: Clock | undefined;
}

/** A transport whose peers are on a tape. */
export interface ReplayedTransport extends Transport {
  readonly tape: Tape;
  /** The URLs that were dialled when it was recorded, in order: what to dial now. */
  readonly urls: readonly string[];
  /** Where callers have parted from the tape so far. */
  readonly partings: readonly TapeParting[];
  /**
   * For the end of a test.
   * @throws TapeParting, the first; or one that tells with what the tape goes on, where it was not played to its end.
   */
  verify(): void;
}

const isMatch: Check = (value) => {
  const valid = value === "exact" || value === "shape" || typeof value === "function";
  return valid ? undefined : 'must be "exact", "shape" or a function';
};
const replayChecks = {
  match: isMatch,
  redact: checks.callback,
  speed: checks.positiveNumber,
  clock: shape("now", "schedule"),
};

/**
 * Plays a tape of `recorded` back: to a program, the same conversation over no network. Each open takes the next channel of
 * the tape with the same URL, each message has to be the one on the tape, and what was received then is received again.
 *
 * A message that is another one is refused: `send` fails with SEND_FAILED, whose cause is a TapeParting that names the line and
 * the place in the message. An open for which the tape has no channel fails with CONNECT_FAILED and such a cause.
 *
 * @throws TypeError for an unknown option or one of the wrong type; TapeError for a file that is no tape.
 *
 * @example
 * const replay = replayed("conversation.ndjson");
 * const manager = createWebSocketManager({ transport: replay });
 * // ... what is to be tested, and then
 * replay.verify();
 */
export function replayed(tape: string, options: ReplayOptions = {}): ReplayedTransport {
  checkOptions("replayed", replayChecks, options);
  const { match, redact, speed, clock = systemClock } = options;
  // One for all, so that a header's secret is known in messages.
  const redactor = new Redactor(redact);
  const compare = compareWith(redactor, match);
  const isExact = match === undefined || match === "exact";
  return new Replay(readTape(tape), { compare, clock, speed }, isExact, redactor);
}
