import {
  type Channel,
  type ChannelEvents,
  type OpenRequest,
  type TransportCapabilities,
  TransportError,
} from "@outsock/core";
import type { FailedEntry, OpenEntry } from "./entry.ts";
import type { PlayerOptions } from "./player.ts";
import type { Tape, TapeChannel } from "./read-tape.ts";
import type { Redactor } from "./redaction/redactor.ts";
import { neutral } from "./redaction/stand-in.ts";
import type { ReplayedTransport } from "./replayed.ts";
import { ReplayedChannel } from "./replayed-channel.ts";
import { TapeParting } from "./tape-error.ts";

type Asked = Pick<OpenEntry, "url" | "headers" | "protocols">;

/** Plays the channels of a tape to whoever opens them. */
export class Replay implements ReplayedTransport {
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
    if (next !== undefined)
      throw this.#parting(next, "the tape goes on with a connection that nobody opened");
  }

  /** The next channel with this URL. */
  #find(asked: Asked): TapeChannel {
    const found = this.#unplayed.find(({ open }) => neutral(open.url) === neutral(asked.url));
    if (found === undefined) throw this.#refuse(this.#noChannelFor(asked.url));
    this.#unplayed.splice(this.#unplayed.indexOf(found), 1);
    const difference = this.#isExact ? handshakeDifference(found.open, asked) : undefined;
    if (difference === undefined) return found;
    throw this.#refuse(
      new TapeParting(placeOf(this.tape, found), "the connection is opened differently", difference),
    );
  }

  /** Who offered it under its own name gets it so, where the tape has only a stand-in. */
  #protocolOf(recorded: string, { protocols }: OpenRequest): string {
    return protocols.find((own) => neutral(this.#redactor.protocol(own)) === neutral(recorded)) ?? recorded;
  }

  #noChannelFor(url: string): TapeParting {
    const [next = this.tape.channels.at(-1)] = this.#unplayed;
    const place =
      next === undefined ? { file: this.tape.file, line: 1, channel: 0 } : placeOf(this.tape, next);
    const recorded = this.#unplayed[0]?.open.url;
    return new TapeParting(place, "no further connection to this URL is on the tape", {
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
      `the connection is not the one on the tape (${where}); see cause`,
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
    const [one, other] = [neutral(recorded[at].join(", ")), neutral(asked[at].join(", "))];
    if (one !== other) return { at, recorded: one, actual: other };
  }
  return undefined;
}

function failureOf({ code, status, retryAfterMs }: FailedEntry): TransportError {
  return new TransportError(code, "as it is on the tape", {
    ...(status !== undefined && { status }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

function aborted(): TransportError {
  return new TransportError("ABORTED", "opening was aborted");
}

/** The tape was recorded by somebody who gave up here, or ended before there was an answer. */
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
