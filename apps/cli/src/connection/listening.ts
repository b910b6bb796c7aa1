import { type Connection, OutsockError, type WebSocketManager } from "@outsock/core";
import { readMessage } from "../messages/read-message.ts";
import { lineOf } from "../messages/wire-codec.ts";
import type { ConnectionFlags } from "../options/connection-options.ts";
import { type ExitCode, exitCodes } from "../output/exit-codes.ts";
import type { CommandContext } from "../perform.ts";
import { closeTimeoutMs, hangUp } from "./dialling.ts";
import type { ConcurrentSend } from "./sending.ts";

export interface ListenFlags extends ConnectionFlags {
  readonly send?: readonly string[];
  readonly count?: number;
  /** In milliseconds. */
  readonly for?: number;
}

/** Why listening ended. */
type End = "count" | "time" | "interrupt" | "server" | "mistake";

/** The messages of `--send`. */
export async function readMessages(flags: ListenFlags, signal: AbortSignal): Promise<readonly string[]> {
  const messages: string[] = [];
  for (const argument of flags.send ?? []) messages.push(await readMessage(argument, flags.codec, signal));
  return messages;
}

/** Prints messages until the flags, the server or Ctrl-C end it, then closes the connection. */
export async function listen(
  manager: WebSocketManager,
  connection: Connection,
  flags: ListenFlags,
  context: CommandContext,
  sending: ConcurrentSend = async () => undefined,
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
  { output, signal }: CommandContext,
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
  using _bounds = limitListening(flags.for, signal, stop);
  for (let next = await messages.next(); !next.done; next = await messages.next()) {
    await output.print(lineOf(next.value, output.json));
    printed += 1;
    if (printed === flags.count) stop("count");
  }
  return { printed, end };
}

/** Fewer messages than `--count` arrived: the server closed with `closeCode`, or time ran out if it is undefined. */
function shortfall(
  { id, url }: Connection,
  printed: number,
  count: number,
  closeCode: number | undefined,
): OutsockError {
  const code = closeCode === undefined ? "RECEIVE_TIMEOUT" : "CONNECTION_CLOSED";
  return new OutsockError(code, `Only ${printed} of ${count} messages arrived`, {
    phase: "receive",
    sent: "no",
    correlationId: id,
    connectionId: id,
    url,
    closeCode,
  });
}

/** The same for a session, which has no single connection. */
export function tooFew(printed: number, count: number): OutsockError {
  const message = `Only ${printed} of ${count} events arrived`;
  return new OutsockError("RECEIVE_TIMEOUT", message, {
    phase: "receive",
    sent: "no",
    correlationId: "listen",
  });
}

/** Calls `stop` after `ms`, and when `signal` is aborted. */
export function limitListening(
  ms: number | undefined,
  signal: AbortSignal,
  stop: (by: "time" | "interrupt") => void,
): Disposable {
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
