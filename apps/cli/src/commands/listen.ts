import { unwrap } from "@outsock/core";
import type { Command } from "commander";
import { connectOptions, openManager, openTransport, withUsageErrors } from "../connection/dialling.ts";
import { listen, readMessages } from "../connection/listening.ts";
import { wireCodec } from "../messages/wire-codec.ts";
import { addConnectionOptions, readUrlArguments } from "../options/connection-options.ts";
import { collect, positiveInteger, timeout } from "../options/parsers.ts";
import { addProtocolOptions } from "../options/protocol-options.ts";
import type { CommandWork, StartCommand } from "../perform.ts";
import { listenToSession, type SubscribeFlags } from "../sessions/listen-to-session.ts";

export function addListenCommand(program: Command, start: StartCommand): void {
  const command = program
    .command("listen")
    .description("connect and print messages, one per line, until the server closes or Ctrl-C")
    .usage("[options] <url>")
    .argument("[url]", "server URL, ws:// or wss://");
  command.option(
    "--subscribe <call>",
    "with --protocol: subscribe, such as 'eth_subscribe [\"newHeads\"]' (repeatable)",
    collect,
  );
  addListenOptions(addProtocolOptions(command)).action(() =>
    start(command, listenWork(command.args, command.opts<SubscribeFlags>())),
  );
}

/** The options of every command that prints messages. */
export function addListenOptions(command: Command): Command {
  command
    .option("--send <message>", "send this first (repeatable); - reads it from stdin", collect)
    .option("--count <n>", "stop after n messages; fewer are a failure", positiveInteger)
    .option("--for <duration>", "stop after this time, such as 5s", timeout);
  return addConnectionOptions(command);
}

function listenWork(args: readonly string[], flags: SubscribeFlags): CommandWork {
  return async (context) => {
    const { signal, output } = context;
    const { url } = readUrlArguments(args, flags.urlEnv);
    if (flags.protocol !== undefined || flags.subscribe !== undefined) {
      return await listenToSession(url, flags, context);
    }
    const options = connectOptions(flags, signal);
    const transport = await openTransport(flags, context);
    await using manager = openManager(transport, flags, { codec: wireCodec(flags.codec) });
    const messages = await readMessages(flags, signal);
    const { connection } = unwrap(await withUsageErrors(() => manager.connect(url, options)));
    output.say(`connected to ${connection.url}`);
    for (const message of messages) unwrap(await manager.send(connection, message, { signal }));
    return await listen(manager, connection, flags, context);
  };
}
