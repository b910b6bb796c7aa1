import {
  type Channel,
  type ChannelEvents,
  type Clock,
  type OpenRequest,
  systemClock,
  type Transport,
} from "@outsock/core";
import { checkOptions, checks, shape } from "@outsock/core/options";
import { type ChannelRecorder, Recording } from "./recording.ts";
import { Redactor } from "./redaction/redactor.ts";
import { type RecordingState, TapeWriter } from "./tape-writer.ts";

export interface RecordOptions {
  /** The tape ends before it becomes larger. Default 64 MiB. */
  readonly maxBytes?: number | undefined;
  /** Has the last word on every text before it is written: takes out what only you know to be secret. */
  readonly redact?: ((text: string) => string) | undefined;
  /** Where the times come from. Default: the runtime's monotonic clock. */
  readonly clock?: Clock | undefined;
}

/** A transport that writes down what goes over it. */
export interface RecordedTransport extends Transport, AsyncDisposable {
  /** What became of the tape so far. A tape that failed or was cut changes nothing for the traffic. */
  readonly recording: RecordingState;
  readonly lineCount: number;
  readonly byteCount: number;
  /** Ends the tape and resolves when it is on the disk. The traffic goes on. */
  dispose(): Promise<void>;
}

const recordChecks = {
  maxBytes: checks.positiveInteger,
  redact: checks.callback,
  clock: shape("now", "schedule"),
};

/**
 * Writes every open, message and close to a tape, a file of one JSON document a line, for `replayed` to play. A file that is
 * there is replaced when the first channel is opened.
 *
 * Header values, query values, what looks like a key in paths and subprotocols, and the strings under secret names in JSON
 * (`token`, `password`, `apiKey` and their like) are replaced by `***1`, `***2`, before anything is written. What else is secret,
 * `redact` has to know: read a tape before you give it away.
 *
 * @throws TypeError for a transport that is none, an unknown option or one of the wrong type.
 *
 * @example
 * const recording = recorded(wsTransport(), "conversation.ndjson");
 * const manager = createWebSocketManager({ transport: recording });
 * // ... and in the end
 * await recording.dispose();
 */
export function recorded(transport: Transport, tape: string, options: RecordOptions = {}): RecordedTransport {
  const problem = shape("capabilities", "open")(transport);
  if (problem !== undefined) throw new TypeError(`recorded: the transport ${problem}`);
  checkOptions("recorded", recordChecks, options);
  if (typeof tape !== "string" || tape === "")
    throw new TypeError("recorded: the tape must be a file's path");
  const { maxBytes = 64 * 1024 * 1024, redact, clock = systemClock } = options;
  const writer = new TapeWriter(tape, maxBytes);
  const recording = new Recording(writer, new Redactor(redact), transport.capabilities.name, clock);
  const dispose = (): Promise<void> => writer.finish();
  return {
    capabilities: Object.freeze({
      ...transport.capabilities,
      name: `recorded(${transport.capabilities.name})`,
    }),
    open: (request, events) => openRecorded(transport, recording, request, events),
    get recording() {
      return writer.state;
    },
    get lineCount() {
      return writer.lineCount;
    },
    get byteCount() {
      return writer.byteCount;
    },
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

async function openRecorded(
  transport: Transport,
  recording: Recording,
  request: OpenRequest,
  events: ChannelEvents,
): Promise<Channel> {
  const recorder = recording.open(request);
  try {
    const channel = await transport.open(request, recorder.listenFor(events));
    recorder.opened(channel.protocol);
    return new RecordedChannel(channel, recorder);
  } catch (error) {
    recorder.failed(error);
    throw error;
  }
}

/** A channel that writes down what its caller does. */
class RecordedChannel implements Channel {
  readonly #channel: Channel;
  readonly #recorder: ChannelRecorder;

  constructor(channel: Channel, recorder: ChannelRecorder) {
    this.#channel = channel;
    this.#recorder = recorder;
  }

  get protocol(): string {
    return this.#channel.protocol;
  }

  get bufferedAmount(): number {
    return this.#channel.bufferedAmount;
  }

  send(message: string | Uint8Array): void {
    this.#channel.send(message);
    this.#recorder.message("out", message);
  }

  close(code?: number, reason?: string): void {
    this.#recorder.closing(code, reason);
    this.#channel.close(code, reason);
  }

  terminate(): void {
    this.#recorder.terminated();
    this.#channel.terminate();
  }

  ping(): void {
    this.#channel.ping();
  }

  pause(): void {
    this.#channel.pause();
  }

  resume(): void {
    this.#channel.resume();
  }

  ref(): void {
    this.#channel.ref();
  }

  unref(): void {
    this.#channel.unref();
  }
}
