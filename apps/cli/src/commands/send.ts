import { type Connection, isOutsockError, OutsockError, unwrap, type WebSocketManager } from "@outsock/core";
import type { Command } from "commander";
import {
  connectOptions,
  hangUp,
  openManager,
  openTransport,
  withUsageErrors,
} from "../connection/dialling.ts";
import { stdinLines, waitForRoom } from "../connection/sending.ts";
import { checkMessage } from "../messages/read-message.ts";
import { discardCodec } from "../messages/wire-codec.ts";
import {
  addConnectionOptions,
  type ConnectionFlags,
  maxBufferedBytes,
  readUrlArguments,
} from "../options/connection-options.ts";
import { type ExitCode, exitCodes } from "../output/exit-codes.ts";
import type { CommandContext, CommandWork, StartCommand } from "../perform.ts";

export function addSendCommand(program: Command, start: StartCommand): void {
  const command = program
    .command("send")
    .description("connect, send messages in order, close; answers are not shown")
    .usage("[options] <url> [message...]")
    .argument("[url]", "server URL, ws:// or wss://")
    .argument("[message...]", "messages to send; without any, or with -, one per line from stdin");
  // Answers are ignored, but must be accepted: a server may echo the largest message sent.
  addConnectionOptions(command, maxBufferedBytes).action(() =>
    start(command, sendWork(command.args, command.opts<ConnectionFlags>())),
  );
}

function sendWork(args: readonly string[], flags: ConnectionFlags): CommandWork {
  return async (context) => {
    context.output.setFailureFields({ sentCount: 0 });
    const { url, rest } = readUrlArguments(args, flags.urlEnv);
    const fromStdin = rest.length === 0 || (rest.length === 1 && rest[0] === "-");
    for (const [index, message] of rest.entries()) {
      if (!fromStdin) checkMessage(message, flags.codec, `message ${index + 1}`);
    }
    const options = connectOptions(flags, context.signal);
    const inbox = { maxMessages: 1, overflow: "drop-oldest" } as const;
    const transport = await openTransport(flags, context);
    await using manager = openManager(transport, flags, { codec: discardCodec, inbox });
    const { connection } = unwrap(await withUsageErrors(() => manager.connect(url, options)));
    const sending = new MessageSender(manager, connection, flags, context);
    return await sending.run(fromStdin ? undefined : rest);
  };
}

class MessageSender {
  readonly #manager: WebSocketManager;
  readonly #connection: Connection;
  readonly #flags: ConnectionFlags;
  readonly #context: CommandContext;
  #count = 0;

  constructor(
    manager: WebSocketManager,
    connection: Connection,
    flags: ConnectionFlags,
    context: CommandContext,
  ) {
    this.#manager = manager;
    this.#connection = connection;
    this.#flags = flags;
    this.#context = context;
  }

  /** Sends the messages, or the lines of stdin, and always reports how many were sent. */
  async run(messages: readonly string[] | undefined): Promise<ExitCode> {
    const { signal, output } = this.#context;
    try {
      const end = await this.#sendAndClose(messages);
      signal.throwIfAborted();
      const data = { sentCount: this.#count, ...end };
      if (output.json) await output.print(JSON.stringify({ success: true, data }));
      return exitCodes.ok;
    } finally {
      output.setFailureFields({ sentCount: this.#count });
      output.say(`${this.#count} ${this.#count === 1 ? "message" : "messages"} sent`);
    }
  }

  async #sendAndClose(messages: readonly string[] | undefined): Promise<{ code: number; reason: string }> {
    const { signal } = this.#context;
    const ended = untilEnd(this.#connection);
    const all = messages === undefined ? await this.#sendStdin(ended) : await this.#sendAll(messages);
    const { code, reason } = await hangUp(this.#manager, this.#connection, this.#flags.timeout, signal);
    const failure = await ended;
    if (failure !== undefined) throw undelivered(failure, this.#count);
    if (!all && !signal.aborted) throw cutShort(this.#connection, code, this.#count);
    return { code, reason };
  }

  async #sendAll(messages: readonly string[]): Promise<boolean> {
    for (const message of messages) await this.#send(message);
    return true;
  }

  /** False if stdin was not read to its end. */
  async #sendStdin(ended: Promise<unknown>): Promise<boolean> {
    const { signal } = this.#context;
    const aborted = new Promise((resolve) => signal.addEventListener("abort", resolve));
    let line = 0;
    for await (const message of stdinLines(Promise.race([ended, aborted]))) {
      if (signal.aborted) return false;
      line += 1;
      if (this.#flags.codec === "json" && message.trim() === "") continue;
      await this.#send(checkMessage(message, this.#flags.codec, `line ${line} of stdin`));
    }
    return process.stdin.readableEnded;
  }

  async #send(message: string): Promise<void> {
    const { signal } = this.#context;
    await waitForRoom(this.#connection, this.#flags.timeout, signal);
    unwrap(await this.#manager.send(this.#connection, message, { signal }));
    this.#count += 1;
  }
}

/** Resolves when the connection has ended: with the error, or with undefined after a normal close. */
async function untilEnd(connection: Connection): Promise<OutsockError | undefined> {
  try {
    for await (const _ of connection);
    return undefined;
  } catch (error) {
    if (isOutsockError(error)) return error;
    throw error;
  }
}

/** The same error for messages that the socket accepted: it is unknown which of them arrived. */
function undelivered(error: OutsockError, sentCount: number): OutsockError {
  return new OutsockError(error.code, error.message, {
    ...error,
    phase: "close",
    sent: sentCount === 0 ? "no" : "maybe",
    cause: error.cause,
  });
}

/** The server closed before the end of stdin. */
function cutShort(connection: Connection, closeCode: number, sentCount: number): OutsockError {
  return new OutsockError(
    "CONNECTION_CLOSED",
    `The server closed the connection with code ${closeCode} before everything was sent`,
    {
      phase: "send",
      sent: sentCount === 0 ? "no" : "maybe",
      correlationId: connection.id,
      connectionId: connection.id,
      url: connection.url,
      closeCode,
    },
  );
}
