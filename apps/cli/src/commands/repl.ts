import { unwrap } from "@outsock/core";
import type { Command } from "commander";
import {
  closeTimeoutMs,
  connectOptions,
  hangUp,
  openManager,
  openTransport,
  withUsageErrors,
} from "../connection/dialling.ts";
import { lineOf, wireCodec } from "../messages/wire-codec.ts";
import {
  addConnectionOptions,
  type ConnectionFlags,
  readUrlArguments,
} from "../options/connection-options.ts";
import { addProtocolOptions, type ProtocolFlags, readProtocol } from "../options/protocol-options.ts";
import { type ExitCode, exitCodes } from "../output/exit-codes.ts";
import type { CommandContext, CommandWork, StartCommand } from "../perform.ts";
import { connectionBackend } from "../repl/connection-backend.ts";
import { Prompt } from "../repl/prompt.ts";
import { runRepl } from "../repl/run-repl.ts";
import { sessionBackend } from "../repl/session-backend.ts";
import { openCliSession } from "../sessions/open-cli-session.ts";

type ReplFlags = ConnectionFlags & ProtocolFlags;

export function addReplCommand(program: Command, start: StartCommand): void {
  const command = program
    .command("repl")
    .description("talk to a server line by line: messages, or calls with --protocol")
    .usage("[options] <url>")
    .argument("[url]", "server URL, ws:// or wss://");
  addConnectionOptions(addProtocolOptions(command)).action(() =>
    start(command, replWork(command.args, command.opts<ReplFlags>())),
  );
}

function replWork(args: readonly string[], flags: ReplFlags): CommandWork {
  return async (context) => {
    const { url } = readUrlArguments(args, flags.urlEnv);
    const exitCode = await (flags.protocol === undefined
      ? talk(url, flags, context)
      : call(url, { ...flags, protocol: flags.protocol }, context));
    if (context.signal.aborted) throw context.signal.reason;
    return exitCode;
  };
}

/** Over a plain connection. */
async function talk(url: string, flags: ReplFlags, context: CommandContext): Promise<ExitCode> {
  const { output, signal } = context;
  const options = connectOptions(flags, signal);
  await using manager = openManager(await openTransport(flags, context), flags, {
    codec: wireCodec(flags.codec),
  });
  const { connection } = unwrap(await withUsageErrors(() => manager.connect(url, options)));
  output.say(`connected to ${connection.url}; see /help for commands`);
  const over = new AbortController();
  signal.addEventListener("abort", () => over.abort());
  using prompt = new Prompt(over.signal);
  const printed = (async () => {
    for await (const message of connection) {
      await prompt.print(lineOf(message, output.json));
    }
  })().finally(() => over.abort());
  // Thrown at the end, after the last line.
  printed.catch(() => undefined);
  const backend = connectionBackend(manager, connection, prompt, {
    codec: flags.codec,
    json: output.json,
  });
  await runRepl(prompt, backend, output, over);
  const { code } = await hangUp(manager, connection, closeTimeoutMs, signal);
  // /close may use any code without causing a failure.
  if (!backend.closed) await printed;
  output.say(`closed with ${code}`);
  return exitCodes.ok;
}

/** Over a session. */
async function call(
  url: string,
  flags: ReplFlags & Required<Pick<ProtocolFlags, "protocol">>,
  context: CommandContext,
): Promise<ExitCode> {
  const { output, signal } = context;
  const protocol = readProtocol(flags, flags.protocol);
  const over = new AbortController();
  signal.addEventListener("abort", () => over.abort());
  let aside = (tell: () => void): void => tell();
  await using opened = await openCliSession(url, protocol, flags, context, {
    aside: (tell) => aside(tell),
  });
  const { session } = opened;
  output.say(`connected, protocol ${protocol.name}; see /help for commands`);
  session.on("state", ({ state }) => {
    if (state === "closed") over.abort();
  });
  using prompt = new Prompt(over.signal);
  aside = (tell) => void prompt.aside(tell);
  const options = { scope: flags.scope, signal: over.signal };
  await runRepl(prompt, sessionBackend(session, prompt, output, options), output, over);
  if (session.error !== undefined) throw session.error;
  return exitCodes.ok;
}
