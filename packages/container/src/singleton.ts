import "reflect-metadata";
import type { WebSocketManager } from "@outsock/core";
import { container as rootContainer } from "tsyringe";
import { readSlot } from "./process-slot.ts";
import { tokens } from "./tokens.ts";

/**
 * The manager of this process: the one registered on tsyringe's root container, else the one that another loaded
 * copy of this package made.
 *
 * @throws Error when there is none: call `registerWebSocketManager(container, { transport })` first, or use the
 * package `outsock`, which comes with a transport.
 */
export function getWebSocketManager(): WebSocketManager {
  const manager = findWebSocketManager();
  if (manager !== undefined) return manager;
  throw new Error("No manager is registered: call registerWebSocketManager(container, { transport }) first");
}

/** As `getWebSocketManager`, but undefined when there is none. */
export function findWebSocketManager(): WebSocketManager | undefined {
  return isRegistered() ? rootContainer.resolve<WebSocketManager>(tokens.manager) : readSlot();
}

/** A container that was disposed of throws when it is asked anything. */
function isRegistered(): boolean {
  try {
    return rootContainer.isRegistered<WebSocketManager>(tokens.manager);
  } catch {
    return false;
  }
}
