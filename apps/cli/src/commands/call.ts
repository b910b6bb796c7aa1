import { unwrap } from "@outsock/core";
import type { Command } from "commander";
import { readParams } from "../messages/read-message.ts";
import { addDialOptions, type DialFlags, readUrlArguments } from "../options/connection-options.ts";
import { addProtocolOptions, type ProtocolFlags, readProtocol } from "../options/protocol-options.ts";
import { exitCodes } from "../output/exit-codes.ts";
import { UsageError } from "../output/failures.ts";
import { toJsonLine } from "../output/output.ts";
import type { CommandWork, StartCommand } from "../perform.ts";
import { openCliSession } from "../sessions/open-cli-session.ts";

type CallFlags = DialFlags & ProtocolFlags;

export function addCallCommand(program: Command, start: StartCommand): void {
  const command = program
    .command("call")
    .description("call a method over a protocol, and print the answer")
    .usage("[options] <url> <method> [params]")
    .argument("[url]", "server URL, ws:// or wss://")
    .argument("[method]", "method to call")
    .argument("[params]", "parameters as JSON; - reads them from stdin");
  addDialOptions(addProtocolOptions(command)).action(() =>
    start(command, callWork(command.args, command.opts<CallFlags>())),
  );
}

function callWork(args: readonly string[], flags: CallFlags): CommandWork {
  return async (context) => {
    const { output, signal } = context;
    const { url, rest } = readUrlArguments(args, flags.urlEnv);
    const [method, argument] = rest;
    if (method === undefined) throw new UsageError("the method is missing");
    const protocol = readProtocol(flags, flags.protocol ?? "jsonrpc");
    const params = await readParams(argument, signal);
    await using opened = await openCliSession(url, protocol, flags, context, { reconnect: false });
    const { scope } = flags;
    const data = unwrap(await opened.session.call(method, params, { signal, scope }));
    await output.print(toJsonLine(output.json ? { success: true, data } : (data.response ?? null)));
    return exitCodes.ok;
  };
}
