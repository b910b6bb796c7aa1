import "reflect-metadata";
import { createWebSocketManager, type ManagerOptions, type WebSocketManager } from "@outsock/core";
import { container as rootContainer } from "tsyringe";
import { fillSlot, readSlot } from "./process-slot.ts";
import { registerWebSocketManager } from "./registration.ts";
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

/** As `getWebSocketManager`; when there is none, one is made with the options that `defaults` gives, and registered. */
export function ensureWebSocketManager(defaults: () => ManagerOptions): WebSocketManager {
  const found = findWebSocketManager();
  if (found !== undefined) return found;
  if (isUsable()) {
    registerWebSocketManager(rootContainer, defaults());
    return getWebSocketManager();
  }
  const manager = createWebSocketManager(defaults());
  fillSlot(manager);
  return manager;
}

function isRegistered(): boolean {
  return isUsable() && rootContainer.isRegistered<WebSocketManager>(tokens.manager);
}

/** A container that was disposed of throws when it is asked anything. */
function isUsable(): boolean {
  try {
    rootContainer.isRegistered<WebSocketManager>(tokens.manager);
    return true;
  } catch {
    return false;
  }
}
