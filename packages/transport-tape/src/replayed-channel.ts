import {
  type Channel,
  type ChannelClose,
  type ChannelEvents,
  type OpenRequest,
  payloadMessage,
  TransportError,
} from "@outsock/core";
import { type ClosedEntry, entryPayload, type MessageEntry } from "./entry.ts";
import { Player, type PlayerOptions } from "./player.ts";
import type { Tape, TapeChannel } from "./read-tape.ts";
import type { TapeParting } from "./tape-error.ts";

/** What is needed to replay a channel. */
export interface Playing {
  readonly tape: Tape;
  readonly channel: TapeChannel;
  readonly protocol: string;
  readonly options: PlayerOptions;
  /** Called where the caller departs from the tape. */
  readonly parted: (parting: TapeParting) => void;
}

/** A channel whose peer is replayed from a tape. */
export class ReplayedChannel implements Channel {
  readonly protocol: string;
  readonly bufferedAmount = 0;
  readonly #events: ChannelEvents;
  readonly #maxMessageBytes: number;
  readonly #parted: (parting: TapeParting) => void;
  readonly #player: Player;
  #state: "open" | "closing" | "terminated" | "closed" = "open";

  constructor(
    { tape, channel, protocol, options, parted }: Playing,
    request: OpenRequest,
    events: ChannelEvents,
  ) {
    this.protocol = protocol;
    this.#events = events;
    this.#maxMessageBytes = request.maxMessageBytes;
    this.#parted = parted;
    const heard = {
      message: (entry: MessageEntry) => this.#receive(entry),
      close: (entry: ClosedEntry) => this.#end(closeOf(entry)),
    };
    this.#player = new Player(tape, channel, heard, options);
    this.#player.play();
  }

  send(message: string | Uint8Array): void {
    if (this.#state !== "open") {
      throw new TransportError("CONNECTION_CLOSED", "the connection is closing or closed");
    }
    const cause = this.#player.sent(message);
    if (cause === undefined) return;
    this.#parted(cause);
    // Only the cause quotes what was sent.
    const where = `${cause.file}, line ${cause.line}`;
    throw new TransportError("SEND_FAILED", `the message does not match the tape (${where}); see cause`, {
      cause,
    });
  }

  ping(): void {
    if (this.#state !== "open") return;
    queueMicrotask(() => {
      if (this.#state === "open" || this.#state === "closing") this.#events.pong();
    });
  }

  pause(): void {
    this.#player.hold();
  }

  resume(): void {
    this.#player.release();
  }

  close(code?: number, reason = ""): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    const { parting, answered } = this.#player.ended("closing", code);
    if (parting !== undefined) this.#parted(parting);
    if (answered) return;
    queueMicrotask(() => {
      if (this.#state === "closing") this.#end({ code: code ?? 1005, reason, clean: true });
    });
  }

  terminate(): void {
    if (this.#state === "terminated" || this.#state === "closed") return;
    this.#state = "terminated";
    const { parting } = this.#player.ended("terminated");
    if (parting !== undefined) this.#parted(parting);
    const error = new TransportError("CONNECTION_CLOSED", "the connection was terminated");
    queueMicrotask(() => this.#end({ code: 1006, reason: "", clean: false, error }));
  }

  ref(): void {
    this.#player.ref();
  }

  unref(): void {
    this.#player.unref();
  }

  rest(): TapeParting | undefined {
    return this.#player.rest();
  }

  #receive(entry: MessageEntry): void {
    const message = payloadMessage(entryPayload(entry));
    if (message.byteLength <= this.#maxMessageBytes) {
      this.#events.message(message);
    } else {
      this.#player.stop();
      const error = new TransportError("MESSAGE_TOO_BIG", "a message was larger than maxMessageBytes");
      this.#end({ code: 1006, reason: "", clean: false, error });
    }
  }

  #end(close: ChannelClose): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#events.close(close);
  }
}

function closeOf({ code, reason, clean, error }: ClosedEntry): ChannelClose {
  const close = { code, reason, clean };
  return error === undefined
    ? close
    : { ...close, error: new TransportError(error, "as recorded on the tape") };
}
