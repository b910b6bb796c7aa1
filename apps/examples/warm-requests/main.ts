import { createWebSocketManager } from "@outsock/core";
import { pooled } from "@outsock/transport-pool";
import { wsTransport } from "@outsock/transport-ws";

const url = process.env.WS_URL ?? "ws://localhost:8080";

// Created once, outside the handler, so that each invocation finds the connection of the previous one.
const pool = pooled(wsTransport());
const manager = createWebSocketManager({ transport: pool });

async function handler(question: string): Promise<unknown> {
  const { data, error } = await manager.request(url, { question }, { timeoutMs: 3_000 });
  return data?.response ?? error?.code;
}

for (const question of ["one", "two", "three"]) console.log(await handler(question));

const { openedCount, reusedCount, idleCount } = pool.getStats();
console.log({ openedCount, reusedCount, idleCount });

// The process could exit with an idle connection. This closes it properly.
await pool.dispose();
