import { Command, CommanderError } from "commander";
import { addDemoCommand } from "./commands/demo.ts";
import { addEchoCommand } from "./commands/echo.ts";
import { addListenCommand } from "./commands/listen.ts";
import { addRequestCommand } from "./commands/request.ts";
import { addSendCommand } from "./commands/send.ts";
import type { Start } from "./commands/start-work.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { perform } from "./perform.ts";
import { UsageError } from "./usage-error.ts";
import { version } from "./version.ts";

/** Runs a command line, without the name of the program, to its exit code. */
export async function run(args: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.ok;
  const program = createProgram(async (command, work) => {
    const json = command.opts<{ json?: boolean }>().json === true;
    try {
      exitCode = await perform(json, work);
    } catch (error) {
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
    if (args.includes("--json")) printUsageError(error.message);
    return exitCodes.usage;
  }
}

function createProgram(start: Start): Command {
  const program = new Command("outsock")
    .description("WebSocket calls from the command line.")
    .version(version, "-V, --version")
    .showHelpAfterError("(--help shows what there is)")
    .exitOverride();
  addRequestCommand(program, start);
  addListenCommand(program, start);
  addSendCommand(program, start);
  addEchoCommand(program, start);
  addDemoCommand(program, start);
  return program;
}

function printUsageError(text: string): void {
  const message = text.replace(/^error: /, "");
  process.stdout.write(`${JSON.stringify({ success: false, error: { code: "USAGE", message } })}\n`);
}
