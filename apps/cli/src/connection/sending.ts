import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { type Connection, OutsockError, type WebSocketManager } from "@outsock/core";
import { checkMessage } from "../messages/read-message.ts";
import type { ConnectionFlags } from "../options/connection-options.ts";
import type { CommandContext } from "../perform.ts";

/** Sends messages while received ones are printed, until there are no more or `ended` resolves. */
export type ConcurrentSend = (ended: Promise<void>) => Promise<void>;

/** Sends every line of stdin as a message. */
export function sendLines(
  manager: WebSocketManager,
  connection: Connection,
  { codec, timeout }: ConnectionFlags,
  { signal }: CommandContext,
): ConcurrentSend {
  return async (ended) => {
    let line = 0;
    for await (const message of stdinLines(ended)) {
      line += 1;
      if (codec === "json" && message.trim() === "") continue;
      checkMessage(message, codec, `line ${line} of stdin`);
      await waitForRoom(connection, timeout, signal);
      const { success } = await manager.send(connection, message, { signal });
      // The loop that prints the messages reports why the connection ended.
      if (!success) return;
    }
  };
}

const highWaterBytes = 1024 * 1024;
const pollMs = 10;

/**
 * Waits while more than 1 MiB is buffered, so that a fast stdin does not fill the memory.
 * @throws OutsockError BACKPRESSURE after `timeoutMs`.
 */
export async function waitForRoom(
  connection: Connection,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = performance.now();
  while (connection.bufferedBytes > highWaterBytes && connection.state === "open") {
    if (performance.now() - startedAt > timeoutMs) {
      const { id, url } = connection;
      const message = `The server has not read anything for ${timeoutMs} ms`;
      const details = { phase: "send", sent: "maybe", correlationId: id, connectionId: id, url } as const;
      throw new OutsockError("BACKPRESSURE", message, details);
    }
    await setTimeout(pollMs, undefined, { signal });
  }
}

/** The lines of stdin, until it ends or `ended` resolves. Stdin is then destroyed, so that the process can exit. */
export async function* stdinLines(ended: Promise<unknown>): AsyncGenerator<string> {
  const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  void ended.then(() => lines.close());
  try {
    yield* lines;
  } finally {
    process.stdin.destroy();
  }
}
