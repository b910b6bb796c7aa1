import { type Connection, unwrap, type WebSocketManager } from "@outsock/core";
import type { Command } from "commander";
import { closeTimeoutMs, connectOptions, dial, openManager } from "../dialling.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { hangUp } from "../hang-up.ts";
import { addConnectionOptions, type ConnectionFlags } from "../options/connection-options.ts";
import { readMessage } from "../options/messages.ts";
import { collect, positiveInteger, timeout } from "../options/parsers.ts";
import { readTarget } from "../options/target.ts";
import type { Context, Work } from "../perform.ts";
import { shortfall } from "../shortfall.ts";
import { Received, wireCodec } from "../wire-codec.ts";
import type { Start } from "./start-work.ts";

interface ListenFlags extends ConnectionFlags {
  readonly send?: readonly string[];
  readonly count?: number;
  /** In milliseconds. */
  readonly for?: number;
}

/** What ended the listening. */
type End = "count" | "time" | "interrupt" | "server";

export function addListenCommand(program: Command, start: Start): void {
  const command = program
    .command("listen")
    .description("connect and print every message, one a line, until the server closes or Ctrl-C")
    .usage("[options] <url>")
    .argument("[url]", "where to, ws:// or wss://")
    .option("--send <message>", "send this first (repeatable); - reads it from stdin", collect)
    .option("--count <n>", "stop after n messages; fewer are a failure", positiveInteger)
    .option("--for <duration>", "stop after this time, such as 5s", timeout);
  addConnectionOptions(command).action(() =>
    start(command, listenWork(command.args, command.opts<ListenFlags>())),
  );
}

function listenWork(args: readonly string[], flags: ListenFlags): Work {
  return async (context) => {
    const { signal, output } = context;
    const { url } = readTarget(args, flags.urlEnv);
    const options = connectOptions(flags, signal);
    await using manager = await openManager(flags, context, { codec: wireCodec(flags.codec) });
    const messages = await readMessages(flags, signal);
    const { connection } = unwrap(await dial(() => manager.connect(url, options)));
    output.say(`connected to ${connection.url}`);
    for (const message of messages) unwrap(await manager.send(connection, message, { signal }));
    return await listen(manager, connection, flags, context);
  };
}

async function readMessages(flags: ListenFlags, signal: AbortSignal): Promise<readonly string[]> {
  const messages: string[] = [];
  for (const argument of flags.send ?? []) messages.push(await readMessage(argument, flags.codec, signal));
  return messages;
}

async function listen(
  manager: WebSocketManager,
  connection: Connection,
  flags: ListenFlags,
  context: Context,
): Promise<ExitCode> {
  const { printed, end } = await printMessages(connection, flags, context);
  const { code } = await hangUp(manager, connection, closeTimeoutMs, context.signal);
  const by = end === "server" ? `, closed by the server with ${code}` : "";
  context.output.say(`${printed} ${printed === 1 ? "message" : "messages"}${by}`);
  if (end === "interrupt") throw context.signal.reason;
  if (flags.count === undefined || printed === flags.count) return exitCodes.ok;
  throw shortfall(connection, printed, flags.count, end === "server" ? code : undefined);
}

async function printMessages(
  connection: Connection,
  flags: ListenFlags,
  { output, signal }: Context,
): Promise<{ printed: number; end: End }> {
  let printed = 0;
  let end: End = "server";
  const messages = connection[Symbol.asyncIterator]();
  const stop = (by: End) => {
    end = by;
    void messages.return?.();
  };
  using _bounds = boundBy(flags.for, signal, stop);
  for (let next = await messages.next(); !next.done; next = await messages.next()) {
    await output.print(lineOf(next.value, output.json));
    printed += 1;
    if (printed === flags.count) stop("count");
  }
  return { printed, end };
}

function boundBy(ms: number | undefined, signal: AbortSignal, stop: (by: End) => void): Disposable {
  const interrupt = () => stop("interrupt");
  const timer = ms === undefined ? undefined : setTimeout(() => stop("time"), ms);
  if (signal.aborted) interrupt();
  signal.addEventListener("abort", interrupt);
  return {
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal.removeEventListener("abort", interrupt);
    },
  };
}

function lineOf(message: unknown, json: boolean): string {
  if (json) return JSON.stringify({ success: true, data: { response: message } });
  return message instanceof Received ? message.toLine() : String(message);
}
