import { unwrap } from "@outsock/core";
import type { Command } from "commander";
import { connectOptions, openManager, openTransport, withUsageErrors } from "../connection/dialling.ts";
import { readMatch } from "../messages/match.ts";
import { readMessage } from "../messages/read-message.ts";
import { Received, wireCodec } from "../messages/wire-codec.ts";
import {
  addConnectionOptions,
  type ConnectionFlags,
  readUrlArguments,
} from "../options/connection-options.ts";
import { exitCodes } from "../output/exit-codes.ts";
import { UsageError } from "../output/failures.ts";
import type { CommandContext, CommandWork, StartCommand } from "../perform.ts";

interface RequestFlags extends ConnectionFlags {
  readonly match?: string;
}

export function addRequestCommand(program: Command, start: StartCommand): void {
  const command = program
    .command("request")
    .description("connect, send one message, print the answer, close")
    .usage("[options] <url> <message>")
    .argument("[url]", "server URL, ws:// or wss://")
    .argument("[message]", "message to send; - reads it from stdin")
    .option("--match <path=value>", "wait for the first message with this value, such as id=1");
  addConnectionOptions(command).action(() =>
    start(command, requestWork(command.args, command.opts<RequestFlags>())),
  );
}

function requestWork(args: readonly string[], flags: RequestFlags): CommandWork {
  return async (context) => {
    const { url, rest } = readUrlArguments(args, flags.urlEnv);
    const [argument, ...tooMany] = rest;
    if (argument === undefined) throw new UsageError("the message is missing");
    if (tooMany.length > 0) throw new UsageError("more than one message; quote it for the shell");
    const options = { ...connectOptions(flags, context.signal), ...matchOption(flags) };
    const transport = await openTransport(flags, context);
    await using manager = openManager(transport, flags, { codec: wireCodec(flags.codec) });
    const message = await readMessage(argument, flags.codec, context.signal);
    const { response, correlationId } = unwrap(
      await withUsageErrors(() => manager.request(url, message, options)),
    );
    await printResponse(response, correlationId, context);
    return exitCodes.ok;
  };
}

function matchOption({ match, codec }: RequestFlags): { match?: (message: unknown) => boolean } {
  if (match === undefined) return {};
  if (codec === "text") throw new UsageError("--match needs JSON; it cannot be used with --codec text");
  const matches = readMatch(match);
  return { match: (message) => message instanceof Received && matches(message.value) };
}

async function printResponse(
  response: unknown,
  correlationId: string,
  { output }: CommandContext,
): Promise<void> {
  if (output.json) await output.print(JSON.stringify({ success: true, data: { response, correlationId } }));
  else if (response instanceof Received) await output.print(response.toLine());
}
