import {
  type Channel,
  type ChannelEvents,
  type Clock,
  type OpenRequest,
  systemClock,
  type Transport,
} from "@outsock/core";
import { checkOptions, checks, shape } from "@outsock/core/options";
import { RecordedChannel } from "./recorded-channel.ts";
import { Recording } from "./recording.ts";
import { Redactor } from "./redaction/redactor.ts";
import { type RecordingState, TapeWriter } from "./tape-writer.ts";

export interface RecordOptions {
  /** The tape ends before it exceeds this size. Default 64 MiB. */
  readonly maxBytes?: number | undefined;
  /** Applied last to every text before it is written, to remove secrets that only you know. */
  readonly redact?: ((text: string) => string) | undefined;
  /** The source of the times. Default: the runtime's monotonic clock. */
  readonly clock?: Clock | undefined;
}

/** A transport that records its traffic. */
export interface RecordedTransport extends Transport, AsyncDisposable {
  /** The state of the tape. A tape that failed or was cut does not affect the traffic. */
  readonly recording: RecordingState;
  readonly lineCount: number;
  readonly byteCount: number;
  /** Ends the tape and resolves when it is on disk. The traffic continues. */
  dispose(): Promise<void>;
}

const recordChecks = {
  maxBytes: checks.positiveInteger,
  redact: checks.callback,
  clock: shape("now", "schedule"),
};

/**
 * Records every open, message and close to a tape for `replayed`: a file with one JSON document per line. An existing file is
 * replaced when the first channel is opened.
 *
 * Header values, query values, whatever looks like a key in paths and subprotocols, and strings under secret names in JSON
 * (`token`, `password`, `apiKey` and the like) are replaced by `***1`, `***2`, ... before anything is written. `redact` must
 * remove any other secrets. Read a tape before you share it.
 *
 * @throws TypeError for a value that is not a transport, an unknown option or one of the wrong type.
 *
 * @example
 * const recording = recorded(wsTransport(), "conversation.ndjson");
 * const manager = createWebSocketManager({ transport: recording });
 * // ... and at the end
 * await recording.dispose();
 */
export function recorded(transport: Transport, tape: string, options: RecordOptions = {}): RecordedTransport {
  const problem = shape("capabilities", "open")(transport);
  if (problem !== undefined) throw new TypeError(`recorded: the transport ${problem}`);
  checkOptions("recorded", recordChecks, options);
  if (typeof tape !== "string" || tape === "")
    throw new TypeError("recorded: the tape must be the path of a file");
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
