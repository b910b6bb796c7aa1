import { createWebSocketManager, type Transport } from "@outsock/core";
import { createCompare, type Tape, type TapeChannel } from "@outsock/transport-tape";
import { closeTimeoutMs, connectOptions, dial } from "../dialling.ts";
import type { PutBack } from "../options/stand-ins.ts";
import type { ReplayFlags } from "../options/tape-options.ts";
import type { Context } from "../perform.ts";
import { tapeFailure } from "../tape-file.ts";
import { replayChannel } from "./replay-channel.ts";

interface Replaying {
  readonly tape: Tape;
  /** Where to, if not to the URL on the tape. */
  readonly url: string | undefined;
  readonly flags: ReplayFlags;
  readonly context: Context;
  readonly transport: Transport;
  readonly standIns: PutBack;
}

/** How much of a tape was played. */
export interface Replayed {
  channelCount: number;
  sentCount: number;
  receivedCount: number;
}

/**
 * Plays the caller's part of a tape, one channel after the other, to a server.
 * @throws CliFailure TAPE_PARTED where the server does something else than on the tape.
 */
export async function replayTape(replaying: Replaying): Promise<Replayed> {
  const { tape, flags, context, transport, standIns } = replaying;
  const played: Replayed = { channelCount: 0, sentCount: 0, receivedCount: 0 };
  const compare = createCompare({ match: flags.match });
  await using manager = createWebSocketManager({
    transport,
    codec: "raw",
    timeoutMs: flags.timeout,
    closeTimeoutMs,
    maxMessageBytes: flags.maxMessageBytes,
    maxBufferedBytes: flags.maxBufferedBytes,
    onLimit: { wait: flags.timeout },
  });
  for (const channel of tape.channels) {
    const url = replaying.url ?? urlOf(tape, channel, standIns);
    const options = { protocols: channel.open.protocols, ...connectOptions(flags, context.signal) };
    const connected = await dial(() => manager.connect(url, options));
    await replayChannel({ tape, channel, manager, connected, compare, standIns, flags, context, played });
    played.channelCount += 1;
  }
  return played;
}

function urlOf({ file }: Tape, { open }: TapeChannel, standIns: PutBack): string {
  const url = standIns(open.url);
  if (url !== undefined) return url;
  throw tapeFailure(`${file}:${open.line}: the URL has secrets taken out; name the URL, or --secret-env`);
}
