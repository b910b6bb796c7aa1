import { ensureWebSocketManager } from "@outsock/container";
import type { WebSocketManager } from "@outsock/core";
import { wsTransport } from "@outsock/transport-ws";

/**
 * The one manager of this process, on the ws transport with default options. Register your own with
 * `registerWebSocketManager(container, options)` before the first call to have other options or another transport.
 * After it was disposed of, the next call makes a new one.
 */
export function getWebSocketManager(): WebSocketManager {
  return ensureWebSocketManager(() => ({ transport: wsTransport() }));
}
