import { createInterface } from "node:readline";
import { createWebSocketManager } from "@outsock/core";
import { pooled } from "@outsock/transport-pool";
import { transportFromArguments } from "./transports.ts";

/**
 * Makes two requests over a pool and prints the pool's counters. It must end by itself although a connection is idle. With
 * `revalidateAfterMs` it makes one more request, after reading a line.
 */
const [, , , url = "", revalidateAfterMs] = process.argv;
const pool = pooled(transportFromArguments(), {
  idleMs: 3_600_000,
  revalidateAfterMs: Number(revalidateAfterMs ?? 60_000),
});
const manager = createWebSocketManager({ transport: pool });
const ask = async (question: string): Promise<void> => {
  const { success, error } = await manager.request(url, question, { timeoutMs: 5_000 });
  const { openedCount, reusedCount, idleCount } = pool.getStats();
  process.stdout.write(
    `${JSON.stringify({ result: success || error, openedCount, reusedCount, idleCount })}\n`,
  );
};

await ask("one");
await ask("two");
if (revalidateAfterMs !== undefined) {
  for await (const _ of createInterface({ input: process.stdin })) break;
  await ask("three");
  process.stdin.destroy();
}
