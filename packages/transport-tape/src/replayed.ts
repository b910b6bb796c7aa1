import {
  type Channel,
  type ChannelEvents,
  type Clock,
  type OpenRequest,
  systemClock,
  type Transport,
  type TransportCapabilities,
  TransportError,
} from "@outsock/core";
import { type Check, checkOptions, checks, shape } from "@outsock/core/options";
import { compareWith, type TapeMatch } from "./compare.ts";
import type { FailedEntry, OpenEntry } from "./entry.ts";
import type { PlayerOptions } from "./player.ts";
import { readTape, type Tape, type TapeChannel } from "./read-tape.ts";
import { Redactor } from "./redaction/redactor.ts";
import { unnumbered } from "./redaction/secrets.ts";
import { ReplayedChannel } from "./replayed-channel.ts";
import { TapeParting } from "./tape-error.ts";

export interface ReplayOptions {
  /** When a message sent matches the one on the tape. Default `"exact"`. */
  readonly match?: TapeMatch | undefined;
  /** The function that the tape was recorded with. */
  readonly redact?: ((text: string) => string) | undefined;
  /** 1 keeps the pauses of the tape, 2 is twice as fast. Default: no pauses. */
  readonly speed?: number | undefined;
  /** Used by `speed`. Default: the runtime's monotonic clock. */
  readonly clock?: Clock | undefined;
}

/** A transport whose peers are on a tape. */
export interface ReplayedTransport extends Transport {
  readonly tape: Tape;
  /** The URLs that were dialled during recording, in order. Dial the same ones now. */
  readonly urls: readonly string[];
  /** Where callers have departed from the tape so far. */
  readonly partings: readonly TapeParting[];
  /**
   * Call it at the end of a test.
   * @throws TapeParting: the first of `partings`, or one for the first entry of the tape that was not played.
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
 * Replays a tape made by `recorded`: the same conversation, without a network. Each open takes the next channel of the tape
 * with the same URL, each message sent must match the one on the tape, and the recorded responses are received again.
 *
 * A message that does not match is refused: `send` fails with SEND_FAILED, and the cause is a TapeParting that names the line
 * and the place in the message. An open for which the tape has no channel fails with CONNECT_FAILED and a cause of that kind.
 *
 * @throws TypeError for an unknown option or one of the wrong type; TapeError for a file that is not a tape.
 *
 * @example
 * const replay = replayed("conversation.ndjson");
 * const manager = createWebSocketManager({ transport: replay });
 * // ... the code under test, and then
 * replay.verify();
 */
export function replayed(tape: string, options: ReplayOptions = {}): ReplayedTransport {
  checkOptions("replayed", replayChecks, options);
  const { match, redact, speed, clock = systemClock } = options;
  // Shared, so that a secret from a header is recognised in messages.
  const redactor = new Redactor(redact);
  const compare = compareWith(redactor, match);
  const isExact = match === undefined || match === "exact";
  return new Replay(readTape(tape), { compare, clock, speed }, isExact, redactor);
}

type Asked = Pick<OpenEntry, "url" | "headers" | "protocols">;

/** Replays the channels of a tape as they are opened. */
class Replay implements ReplayedTransport {
  readonly capabilities: TransportCapabilities;
  readonly tape: Tape;
  readonly partings: TapeParting[] = [];
  readonly #options: PlayerOptions;
  readonly #isExact: boolean;
  readonly #redactor: Redactor;
  readonly #unplayed: TapeChannel[];
  readonly #playing: ReplayedChannel[] = [];

  constructor(tape: Tape, options: PlayerOptions, isExact: boolean, redactor: Redactor) {
    this.capabilities = capabilitiesOf(tape);
    this.tape = tape;
    this.#options = options;
    this.#isExact = isExact;
    this.#redactor = redactor;
    this.#unplayed = [...tape.channels];
  }

  get urls(): readonly string[] {
    return this.tape.channels.map(({ open }) => open.url);
  }

  async open(request: OpenRequest, events: ChannelEvents): Promise<Channel> {
    await Promise.resolve();
    if (request.signal.aborted) throw aborted();
    const channel = this.#find(this.#redactor.request(request));
    const { outcome } = channel;
    if (outcome?.type === "failed" && outcome.code !== "ABORTED") throw failureOf(outcome);
    if (outcome?.type !== "opened") return untilAborted(request.signal);
    const parted = (parting: TapeParting): void => void this.partings.push(parting);
    const { tape } = this;
    const playing = {
      tape,
      channel,
      protocol: this.#protocolOf(outcome.protocol, request),
      options: this.#options,
      parted,
    };
    const replayed = new ReplayedChannel(playing, request, events);
    this.#playing.push(replayed);
    return replayed;
  }

  verify(): void {
    const [first] = [...this.partings, ...this.#playing.flatMap((channel) => channel.rest() ?? [])];
    if (first !== undefined) throw first;
    const [next] = this.#unplayed;
    if (next !== undefined) throw this.#parting(next, "a connection on the tape was not opened");
  }

  /** The next channel with this URL. */
  #find(asked: Asked): TapeChannel {
    const found = this.#unplayed.find(({ open }) => unnumbered(open.url) === unnumbered(asked.url));
    if (found === undefined) throw this.#refuse(this.#noChannelFor(asked.url));
    this.#unplayed.splice(this.#unplayed.indexOf(found), 1);
    const difference = this.#isExact ? handshakeDifference(found.open, asked) : undefined;
    if (difference === undefined) return found;
    throw this.#refuse(
      new TapeParting(placeOf(this.tape, found), "the handshake differs from the tape", difference),
    );
  }

  /** The subprotocol as the caller offered it, when the tape has only a placeholder for it. */
  #protocolOf(recorded: string, { protocols }: OpenRequest): string {
    return (
      protocols.find((own) => unnumbered(this.#redactor.protocol(own)) === unnumbered(recorded)) ?? recorded
    );
  }

  #noChannelFor(url: string): TapeParting {
    const [next = this.tape.channels.at(-1)] = this.#unplayed;
    const place =
      next === undefined ? { file: this.tape.file, line: 1, channel: 0 } : placeOf(this.tape, next);
    const recorded = this.#unplayed[0]?.open.url;
    return new TapeParting(place, "the tape has no further connection to this URL", {
      at: "url",
      recorded,
      actual: url,
    });
  }

  #refuse(cause: TapeParting): TransportError {
    this.partings.push(cause);
    const where = `${cause.file}, line ${cause.line}`;
    return new TransportError(
      "CONNECT_FAILED",
      `the connection does not match the tape (${where}); see cause`,
      { cause },
    );
  }

  #parting(channel: TapeChannel, what: string): TapeParting {
    return new TapeParting(placeOf(this.tape, channel), what);
  }
}

function placeOf(
  { file }: Tape,
  { number, open }: TapeChannel,
): { file: string; line: number; channel: number } {
  return { file, line: open.line, channel: number };
}

function handshakeDifference(recorded: OpenEntry, asked: Asked) {
  for (const at of ["headers", "protocols"] as const) {
    const [one, other] = [unnumbered(recorded[at].join(", ")), unnumbered(asked[at].join(", "))];
    if (one !== other) return { at, recorded: one, actual: other };
  }
  return undefined;
}

function failureOf({ code, status, retryAfterMs }: FailedEntry): TransportError {
  return new TransportError(code, "as recorded on the tape", {
    ...(status !== undefined && { status }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

function aborted(): TransportError {
  return new TransportError("ABORTED", "opening was aborted");
}

/** For an open that was aborted during recording, or had no outcome when the tape ended. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(aborted()), { once: true }),
  );
}

function capabilitiesOf({ header }: Tape): TransportCapabilities {
  return Object.freeze({
    name: `replayed(${header.transport})`,
    network: false,
    headers: true,
    tlsOptions: false,
    failureReason: true,
    addressCheck: false,
    messageLimit: true,
    coalescing: false,
    drain: false,
    messagesWhileClosing: true,
    closeReachesPeer: true,
    pause: true,
    ping: true,
    terminate: true,
    unref: true,
  });
}
