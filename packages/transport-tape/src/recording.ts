import type { ChannelClose, ChannelEvents, Clock, IncomingMessage, OpenRequest } from "@outsock/core";
import { TransportError } from "@outsock/core";
import type { Redactor } from "./redaction/redactor.ts";
import type { TapeWriter } from "./tape-writer.ts";

interface Place {
  readonly channel: number;
  readonly atMs: number;
}

/** Records the events of all channels, in order and with their times. */
export class Recording {
  readonly writer: TapeWriter;
  readonly redactor: Redactor;
  readonly #transport: string;
  readonly #clock: Clock;
  #startedAtMs: number | undefined;
  #channels = 0;

  constructor(writer: TapeWriter, redactor: Redactor, transport: string, clock: Clock) {
    this.writer = writer;
    this.redactor = redactor;
    this.#transport = transport;
    this.#clock = clock;
  }

  open(request: OpenRequest): ChannelRecorder {
    if (this.#startedAtMs === undefined) this.#start();
    this.#channels += 1;
    return new ChannelRecorder(this, this.#channels, request);
  }

  elapsedMs(): number {
    const elapsedMs = this.#clock.now() - (this.#startedAtMs ?? 0);
    return Math.round(elapsedMs * 1_000) / 1_000;
  }

  #start(): void {
    this.#startedAtMs = this.#clock.now();
    const startedAt = new Date().toISOString();
    this.writer.write({ type: "tape", version: 1, transport: this.#transport, startedAt });
  }
}

/** Records the events of one channel. */
export class ChannelRecorder {
  readonly #recording: Recording;
  readonly #channel: number;
  /** Calls on a channel that is closing have no effect and are not recorded. */
  #isEnding = false;

  constructor(recording: Recording, channel: number, request: OpenRequest) {
    this.#recording = recording;
    this.#channel = channel;
    const { writer, redactor } = recording;
    if (writer.isRecording) writer.write({ type: "open", ...this.#place(), ...redactor.request(request) });
  }

  opened(protocol: string): void {
    const { writer, redactor } = this.#recording;
    writer.write({ type: "opened", ...this.#place(), protocol: redactor.protocol(protocol) });
  }

  failed(error: unknown): void {
    const { code, status, retryAfterMs } = TransportError.is(error)
      ? error
      : { code: "CONNECT_FAILED" as const, status: undefined, retryAfterMs: undefined };
    this.#recording.writer.write({
      type: "failed",
      ...this.#place(),
      code,
      ...(status !== undefined && { status }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  }

  message(type: "out" | "in", payload: string | Uint8Array): void {
    const { writer, redactor } = this.#recording;
    if (!writer.hasRoomFor(payload.length)) return;
    writer.write({ type, ...this.#place(), ...redactor.message(payload) });
  }

  closing(code: number | undefined, reason: string | undefined): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    const { writer, redactor } = this.#recording;
    writer.write({
      type: "closing",
      ...this.#place(),
      ...(code !== undefined && { code }),
      ...(reason !== undefined && { reason: redactor.text(reason) }),
    });
  }

  terminated(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#recording.writer.write({ type: "terminated", ...this.#place() });
  }

  closed({ code, reason, clean, error }: ChannelClose): void {
    this.#isEnding = true;
    const { writer, redactor } = this.#recording;
    writer.write({
      type: "closed",
      ...this.#place(),
      code,
      reason: redactor.text(reason),
      clean,
      ...(error !== undefined && { error: error.code }),
    });
  }

  /** Records the channel's events and passes them on. */
  listenFor(events: ChannelEvents): ChannelEvents {
    return {
      message: (message: IncomingMessage) => {
        this.message("in", message.isText ? message.text() : message.bytes());
        events.message(message);
      },
      pong: () => events.pong(),
      drain: () => events.drain(),
      close: (close) => {
        this.closed(close);
        events.close(close);
      },
    };
  }

  #place(): Place {
    return { channel: this.#channel, atMs: this.#recording.elapsedMs() };
  }
}
