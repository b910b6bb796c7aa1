import {
  type Connection,
  createWebSocketManager,
  type ManagerOptions,
  slidingWindow,
  unwrap,
  type WebSocketManager,
} from "@outsock/core";
import { testCa } from "@outsock/transport-contract/node-peer";
import { wsTransport } from "@outsock/transport-ws";

/** A manager whose limiter makes its usual decisions but never rejects. */
export function createManager(options: Partial<ManagerOptions> = {}): WebSocketManager {
  return createWebSocketManager({
    transport: wsTransport({ tls: { ca: testCa } }),
    rateLimiter: slidingWindow({ limit: 10_000, windowMs: 1 }),
    ...options,
  });
}

export interface Managed {
  readonly manager: WebSocketManager;
  readonly connection: Connection;
}

/** Throws if an operation was rejected or failed, because it would count as a very fast one. */
export function assertAllSucceeded(manager: WebSocketManager): void {
  const { errorsCount, rateLimitedCount } = manager.getStats();
  if (errorsCount + rateLimitedCount > 0) {
    throw new Error(
      `${errorsCount} operations failed, ${rateLimitedCount} were rejected: the figures are meaningless`,
    );
  }
}

export async function openManaged(
  url: string,
  manager: WebSocketManager = createManager(),
): Promise<Managed> {
  const { connection } = unwrap(await manager.connect(url));
  return { manager, connection };
}
