import type { Command } from "commander";
import { openTransport } from "../connection/dialling.ts";
import { addConnectionOptions } from "../options/connection-options.ts";
import { collect } from "../options/parsers.ts";
import { readTarget } from "../options/url.ts";
import { exitCodes } from "../output/exit-codes.ts";
import { replayTape } from "../tape/replay-tape.ts";
import { readStandIns } from "../tape/stand-ins.ts";
import { checkTapePath, loadTape } from "../tape/tape-file.ts";
import { matchOption, type ReplayFlags, speedOption } from "../tape/tape-options.ts";
import type { Work } from "./perform.ts";
import type { Start } from "./start-work.ts";

export function addReplayCommand(program: Command, start: Start): void {
  const command = program
    .command("replay")
    .description("send what is on a tape to a server, and compare what comes with the tape")
    .usage("[options] <tape> [url]")
    .argument("[tape]", "a file that record has written")
    .argument("[url]", "where to; without it, to the URL on the tape")
    .addOption(matchOption("shape"))
    .addOption(speedOption())
    .option("--secret-env <n=VARIABLE>", "what was replaced by ***n (repeatable)", collect);
  addConnectionOptions(command).action(() =>
    start(command, replayWork(command.args, command.opts<ReplayFlags>())),
  );
}

function replayWork([first, ...args]: readonly string[], flags: ReplayFlags): Work {
  return async (context) => {
    const tape = loadTape(checkTapePath(first));
    const standIns = readStandIns(flags.secretEnv ?? [], process.env);
    const url =
      args.length === 0 && flags.urlEnv === undefined ? undefined : readTarget(args, flags.urlEnv).url;
    const transport = await openTransport(flags, context);
    const data = await replayTape({ tape, url, flags, context, transport, standIns });
    const { sentCount, receivedCount } = data;
    context.output.say(`as on the tape: ${sentCount} sent, ${receivedCount} received`);
    if (context.output.json) await context.output.print(JSON.stringify({ success: true, data }));
    return exitCodes.ok;
  };
}
