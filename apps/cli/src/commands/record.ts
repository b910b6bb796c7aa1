import { unwrap, type WebSocketManager } from "@outsock/core";
import { type RecordedTransport, recorded } from "@outsock/transport-tape";
import type { Command } from "commander";
import { connectOptions, openManager, openTransport, withUsageErrors } from "../connection/dialling.ts";
import { type ListenFlags, listen, readMessages } from "../connection/listening.ts";
import { sendLines } from "../connection/sending.ts";
import { wireCodec } from "../messages/wire-codec.ts";
import { readUrlArguments } from "../options/connection-options.ts";
import type { ExitCode } from "../output/exit-codes.ts";
import type { CliFailure } from "../output/failures.ts";
import type { Output } from "../output/output.ts";
import type { CommandContext, CommandWork, StartCommand } from "../perform.ts";
import { checkNewTape, checkTapePath, reportTape } from "../tape/tape-file.ts";
import { addListenOptions } from "./listen.ts";

interface RecordFlags extends ListenFlags {
  readonly force?: boolean;
}

export function addRecordCommand(program: Command, start: StartCommand): void {
  const command = program
    .command("record")
    .description("like listen, but also send every line of stdin, and record everything to a tape")
    .usage("[options] <tape> <url>")
    .argument("[tape]", "file to write; secrets are replaced")
    .argument("[url]", "server URL, ws:// or wss://")
    .option("--force", "replace an existing file");
  addListenOptions(command).action(() =>
    start(command, recordWork(command.args, command.opts<RecordFlags>())),
  );
}

function recordWork([first, ...args]: readonly string[], flags: RecordFlags): CommandWork {
  return async (context) => {
    const { output } = context;
    const path = checkTapePath(first);
    const { url } = readUrlArguments(args, flags.urlEnv);
    checkNewTape(path, flags.force);
    const tape = recorded(await openTransport(flags, context), path);
    const manager = openManager(tape, flags, { codec: wireCodec(flags.codec) });
    const exitCode = await converse(manager, url, flags, context).catch(async (error: unknown) => {
      const failure = await end(manager, tape, path, output);
      if (failure !== undefined) output.warn(failure.message);
      throw error;
    });
    const failure = await end(manager, tape, path, output);
    if (failure !== undefined) throw failure;
    return exitCode;
  };
}

async function converse(
  manager: WebSocketManager,
  url: string,
  flags: RecordFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const { signal, output } = context;
  const messages = await readMessages(flags, signal);
  const { connection } = unwrap(
    await withUsageErrors(() => manager.connect(url, connectOptions(flags, signal))),
  );
  output.say(`connected to ${connection.url}`);
  for (const message of messages) unwrap(await manager.send(connection, message, { signal }));
  const lines = flags.send?.includes("-") ? undefined : sendLines(manager, connection, flags, context);
  return await listen(manager, connection, flags, context, lines);
}

/** @returns the failure of the tape, if any. */
async function end(
  manager: WebSocketManager,
  tape: RecordedTransport,
  path: string,
  output: Output,
): Promise<CliFailure | undefined> {
  await manager.dispose();
  await tape.dispose();
  return reportTape(path, tape, output);
}
