import { setTimeout } from "node:timers/promises";
import { type Connection, OutsockError } from "@outsock/core";

const enoughBytes = 1024 * 1024;
const lookAgainMs = 10;

/**
 * Waits while more than 1 MiB waits to leave this process, so that a fast stdin does not fill the memory.
 * @throws OutsockError BACKPRESSURE after `timeoutMs`.
 */
export async function waitForRoom(
  connection: Connection,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = performance.now();
  while (connection.bufferedBytes > enoughBytes && connection.state === "open") {
    if (performance.now() - startedAt > timeoutMs) {
      const { id, url } = connection;
      const message = `The server has not read for ${timeoutMs} ms`;
      const details = { phase: "send", sent: "maybe", correlationId: id, connectionId: id, url } as const;
      throw new OutsockError("BACKPRESSURE", message, details);
    }
    await setTimeout(lookAgainMs, undefined, { signal });
  }
}
