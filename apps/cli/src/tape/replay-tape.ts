import { createWebSocketManager, type Transport } from "@outsock/core";
import { createCompare, type Tape } from "@outsock/transport-tape";
import type { Context } from "../commands/perform.ts";
import { closeTimeoutMs, connectOptions, dial } from "../connection/dialling.ts";
import { prepareTape } from "./prepare-tape.ts";
import { replayChannel } from "./replay-channel.ts";
import type { StandIns } from "./stand-ins.ts";
import type { ReplayFlags } from "./tape-options.ts";

interface Replaying {
  readonly tape: Tape;
  /** Where to, if not to the URL on the tape. */
  readonly url: string | undefined;
  readonly flags: ReplayFlags;
  readonly context: Context;
  readonly transport: Transport;
  readonly standIns: StandIns;
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
  const prepared = prepareTape(tape, replaying.url, standIns);
  if (tape.cut !== undefined) context.output.warn(`${tape.file} ends before the conversation did`);
  const compare = createCompare({ match: flags.match, secrets: standIns.secrets });
  await using manager = createWebSocketManager({
    transport,
    codec: "raw",
    timeoutMs: flags.timeout,
    closeTimeoutMs,
    maxMessageBytes: flags.maxMessageBytes,
    maxBufferedBytes: flags.maxBufferedBytes,
    onLimit: { wait: flags.timeout },
  });
  for (const { channel, url, protocols, payloads } of prepared) {
    const options = { protocols, ...connectOptions(flags, context.signal) };
    const connected = await dial(() => manager.connect(url, options));
    context.signal.throwIfAborted();
    await replayChannel({ tape, channel, payloads, manager, connected, compare, flags, context, played });
    played.channelCount += 1;
  }
  return played;
}
