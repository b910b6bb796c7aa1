import { createCompare } from "@outsock/transport-tape";
import { type Command, InvalidArgumentError } from "commander";
import type { EchoOptions } from "../echo/echo-server.ts";
import type { ServedTape } from "../echo/serve-tape.ts";
import { jsonOption } from "../options/connection-options.ts";
import { duration, integerWithin, isCloseCode, positiveInteger } from "../options/parsers.ts";
import { exitCodes } from "../output/exit-codes.ts";
import { UsageError } from "../output/failures.ts";
import type { CommandWork, StartCommand } from "../perform.ts";
import { checkTapePath, loadTape, matchOption, speedOption } from "../tape/tape-file.ts";

interface EchoFlags extends Omit<EchoOptions, "tape"> {
  readonly json?: boolean;
  /** The path of a file. */
  readonly tape?: string;
  readonly match?: "exact" | "shape";
  readonly speed?: number;
}

/** Flags that have no meaning with a tape. */
const notWithTape = ["latency", "reject", "retryAfter", "greet", "dropAfter", "closeCode"] as const;

export function addEchoCommand(program: Command, start: StartCommand): void {
  const command = program
    .command("echo")
    .description("run a local server that sends back every message, until Ctrl-C")
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--port <n>", "port to listen on; 0 picks a free one", integerWithin(0, 65_535), 0)
    .option("--latency <duration>", "delay every answer, such as 200ms", duration)
    .option("--reject <status>", "reject every handshake with this HTTP status", integerWithin(400, 599))
    .option("--retry-after <duration>", "with --reject: the Retry-After header, in whole seconds", duration)
    .option("--greet <text>", "send this to every client that connects")
    .option("--drop-after <n>", "cut the connection after n answers", positiveInteger)
    .option("--close-code <code>", "close with this code, after --drop-after or at once", closeCode)
    .option("--tape <file>", "play the server side of this tape instead")
    .addOption(matchOption())
    .addOption(speedOption())
    .addOption(jsonOption());
  command.action(() => start(command, echoWork(command.opts<EchoFlags>())));
}

function echoWork(flags: EchoFlags): CommandWork {
  return async ({ output, signal }) => {
    if (flags.retryAfter !== undefined && flags.reject === undefined) {
      throw new UsageError("--retry-after needs --reject, such as --reject 429");
    }
    const options = { ...flags, tape: readTapeFlags(flags) };
    const { startEchoServer } = await import("../echo/echo-server.ts");
    const server = await startEchoServer(options, (line) => output.say(line));
    await output.print(output.json ? JSON.stringify({ url: server.url }) : server.url);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve());
    });
    await server.stop();
    return exitCodes.ok;
  };
}

function readTapeFlags({ tape: path, match, speed, ...flags }: EchoFlags): ServedTape | undefined {
  if (path === undefined) {
    if (match === undefined && speed === undefined) return undefined;
    throw new UsageError("--match and --speed need --tape");
  }
  const other = notWithTape.find((name) => flags[name] !== undefined);
  if (other !== undefined) throw new UsageError(`--tape cannot be combined with ${optionName(other)}`);
  return { tape: loadTape(checkTapePath(path)), compare: createCompare({ match }), speed };
}

function optionName(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function closeCode(text: string): number {
  const code = integerWithin(1000, 4999)(text);
  if (isCloseCode(code)) return code;
  throw new InvalidArgumentError("It must be 1000 to 1003, 1007 to 1014, or 3000 to 4999.");
}
