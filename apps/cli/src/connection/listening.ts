import type { Connection, WebSocketManager } from "@outsock/core";
import type { Context } from "../commands/perform.ts";
import { checkMessage, readMessage } from "../messages/read-message.ts";
import { lineOf } from "../messages/wire-codec.ts";
import type { ConnectionFlags } from "../options/connection-options.ts";
import { type ExitCode, exitCodes } from "../output/exit-codes.ts";
import { closeTimeoutMs } from "./dialling.ts";
import { hangUp } from "./hang-up.ts";
import { boundBy } from "./listening-bounds.ts";
import { waitForRoom } from "./sending.ts";
import { shortfall } from "./shortfall.ts";
import { stdinLines } from "./stdin-lines.ts";

export interface ListenFlags extends ConnectionFlags {
  readonly send?: readonly string[];
  readonly count?: number;
  /** In milliseconds. */
  readonly for?: number;
}

/** What ended the listening. */
type End = "count" | "time" | "interrupt" | "server" | "mistake";

/** Sends messages while others are printed, until there are no more or `ended` resolves. */
export type Sending = (ended: Promise<void>) => Promise<void>;

/** What `--send` says. */
export async function readMessages(flags: ListenFlags, signal: AbortSignal): Promise<readonly string[]> {
  const messages: string[] = [];
  for (const argument of flags.send ?? []) messages.push(await readMessage(argument, flags.codec, signal));
  return messages;
}

/** Every line of stdin is a message. */
export function sendLines(
  manager: WebSocketManager,
  connection: Connection,
  { codec, timeout }: ListenFlags,
  { signal }: Context,
): Sending {
  return async (ended) => {
    let line = 0;
    for await (const message of stdinLines(ended)) {
      line += 1;
      if (codec === "json" && message.trim() === "") continue;
      checkMessage(message, codec, `line ${line} of stdin`);
      await waitForRoom(connection, timeout, signal);
      const { success } = await manager.send(connection, message, { signal });
      // Why it is not open any more, whoever prints the messages is told.
      if (!success) return;
    }
  };
}

/** Prints what comes until the flags, the server or Ctrl-C end it, and hangs up. */
export async function listen(
  manager: WebSocketManager,
  connection: Connection,
  flags: ListenFlags,
  context: Context,
  sending: Sending = async () => undefined,
): Promise<ExitCode> {
  let finish = (): void => {};
  const sent = sending(
    new Promise((resolve) => {
      finish = resolve;
    }),
  );
  const { printed, end } = await printMessages(connection, flags, context, sent).finally(finish);
  const { code } = await hangUp(manager, connection, closeTimeoutMs, context.signal);
  const by = end === "server" ? `, closed by the server with ${code}` : "";
  await sent;
  context.output.say(`${printed} ${printed === 1 ? "message" : "messages"}${by}`);
  if (end === "interrupt") throw context.signal.reason;
  if (flags.count === undefined || printed === flags.count) return exitCodes.ok;
  throw shortfall(connection, printed, flags.count, end === "server" ? code : undefined);
}

async function printMessages(
  connection: Connection,
  flags: ListenFlags,
  { output, signal }: Context,
  sent: Promise<void>,
): Promise<{ printed: number; end: End }> {
  let printed = 0;
  let end: End = "server";
  const messages = connection[Symbol.asyncIterator]();
  const stop = (by: End) => {
    end = by;
    void messages.return?.();
  };
  sent.catch(() => stop("mistake"));
  using _bounds = boundBy(flags.for, signal, stop);
  for (let next = await messages.next(); !next.done; next = await messages.next()) {
    await output.print(lineOf(next.value, output.json));
    printed += 1;
    if (printed === flags.count) stop("count");
  }
  return { printed, end };
}
