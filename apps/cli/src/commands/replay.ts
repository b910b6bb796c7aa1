import { createWebSocketManager, type Transport } from "@outsock/core";
import { createCompare, type Tape } from "@outsock/transport-tape";
import type { Command } from "commander";
import { closeTimeoutMs, connectOptions, openTransport, withUsageErrors } from "../connection/dialling.ts";
import { addConnectionOptions, readUrlArguments } from "../options/connection-options.ts";
import { collect } from "../options/parsers.ts";
import { exitCodes } from "../output/exit-codes.ts";
import type { CommandContext, CommandWork, StartCommand } from "../perform.ts";
import { type Placeholders, prepareTape, readPlaceholders } from "../tape/prepare-tape.ts";
import { type ReplayCounts, replayChannel } from "../tape/replay-channel.ts";
import { checkTapePath, loadTape, matchOption, type ReplayFlags, speedOption } from "../tape/tape-file.ts";

export function addReplayCommand(program: Command, start: StartCommand): void {
  const command = program
    .command("replay")
    .description("replay the client side of a tape, and compare the server's messages with the tape")
    .usage("[options] <tape> [url]")
    .argument("[tape]", "file written by record")
    .argument("[url]", "server URL (default: the URL on the tape)")
    .addOption(matchOption("shape"))
    .addOption(speedOption())
    .option(
      "--secret-env <n=VARIABLE>",
      "value of the secret ***n, from the environment (repeatable)",
      collect,
    );
  addConnectionOptions(command).action(() =>
    start(command, replayWork(command.args, command.opts<ReplayFlags>())),
  );
}

function replayWork([first, ...args]: readonly string[], flags: ReplayFlags): CommandWork {
  return async (context) => {
    const tape = loadTape(checkTapePath(first));
    const placeholders = readPlaceholders(flags.secretEnv ?? [], process.env);
    const url =
      args.length === 0 && flags.urlEnv === undefined ? undefined : readUrlArguments(args, flags.urlEnv).url;
    const transport = await openTransport(flags, context);
    const data = await replayTape({ tape, url, flags, context, transport, placeholders });
    const { sentCount, receivedCount } = data;
    context.output.say(`matches the tape: ${sentCount} sent, ${receivedCount} received`);
    if (context.output.json) await context.output.print(JSON.stringify({ success: true, data }));
    return exitCodes.ok;
  };
}

interface Replaying {
  readonly tape: Tape;
  /** Overrides the URL on the tape. */
  readonly url: string | undefined;
  readonly flags: ReplayFlags;
  readonly context: CommandContext;
  readonly transport: Transport;
  readonly placeholders: Placeholders;
}

/**
 * Plays the client side of a tape to a server, one channel after another.
 * @throws CliFailure TAPE_PARTED if the server behaves differently from the tape.
 */
async function replayTape(replaying: Replaying): Promise<ReplayCounts> {
  const { tape, flags, context, transport, placeholders } = replaying;
  const played: ReplayCounts = { channelCount: 0, sentCount: 0, receivedCount: 0 };
  const prepared = prepareTape(tape, replaying.url, placeholders);
  if (tape.cut !== undefined) context.output.warn(`${tape.file} is incomplete`);
  const compare = createCompare({ match: flags.match, secrets: placeholders.secrets });
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
    const connected = await withUsageErrors(() => manager.connect(url, options));
    context.signal.throwIfAborted();
    await replayChannel({ tape, channel, payloads, manager, connected, compare, flags, context, played });
    played.channelCount += 1;
  }
  return played;
}
