import { Command, CommanderError } from "commander";
import manifest from "../package.json" with { type: "json" };
import { addCallCommand } from "./commands/call.ts";
import { addDemoCommand } from "./commands/demo.ts";
import { addEchoCommand } from "./commands/echo.ts";
import { addListenCommand } from "./commands/listen.ts";
import { addRecordCommand } from "./commands/record.ts";
import { addReplCommand } from "./commands/repl.ts";
import { addReplayCommand } from "./commands/replay.ts";
import { addRequestCommand } from "./commands/request.ts";
import { addSendCommand } from "./commands/send.ts";
import { jsonOption } from "./options/connection-options.ts";
import { type ExitCode, exitCodes } from "./output/exit-codes.ts";
import { UsageError } from "./output/failures.ts";
import { guardStreams, type OutputFlags } from "./output/output.ts";
import { perform, type StartCommand } from "./perform.ts";

/** Runs a command line (without the program's name) and returns its exit code. */
export async function runCli(args: readonly string[]): Promise<ExitCode> {
  const settle = guardStreams();
  return await settle(await runCommand(args));
}

async function runCommand(args: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.ok;
  let reported = false;
  const program = createProgram(async (command, work) => {
    try {
      exitCode = await perform(command.optsWithGlobals<OutputFlags>(), work);
    } catch (error) {
      reported = true;
      if (error instanceof UsageError) command.error(`error: ${error.message}`);
      throw error;
    }
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return exitCodes.ok;
    if (!reported && args.includes("--json")) printUsageError(error.message);
    return exitCodes.usage;
  }
}

function createProgram(start: StartCommand): Command {
  const program = new Command("outsock")
    .description("WebSocket calls from the command line.")
    .version(manifest.version, "-V, --version")
    .addOption(jsonOption().hideHelp())
    .enablePositionalOptions()
    .showHelpAfterError("(see --help)")
    .configureHelp({ subcommandTerm: (command) => `${command.name()} ${command.usage()}` })
    .exitOverride();
  addRequestCommand(program, start);
  addCallCommand(program, start);
  addListenCommand(program, start);
  addSendCommand(program, start);
  addRecordCommand(program, start);
  addReplayCommand(program, start);
  addReplCommand(program, start);
  addEchoCommand(program, start);
  addDemoCommand(program, start);
  // Set last, because commands inherit it when they are added.
  return program.showHelpAfterError("(see --help; a command's options go after its name)");
}

function printUsageError(text: string): void {
  const message = text.replace(/^error: /, "");
  process.stdout.write(`${JSON.stringify({ success: false, error: { code: "USAGE", message } })}\n`);
}
