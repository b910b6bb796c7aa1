import "reflect-metadata";
import type { ManagerOptions, WebSocketManager } from "@outsock/core";
import {
  ensureProcessManager,
  findProcessManager,
  type ManagerRegistry,
  processSlot,
} from "@outsock/core/process-manager";
import { container as rootContainer } from "tsyringe";
import { createManager, disposeWithContainer, register } from "./registration.ts";
import { tokens } from "./tokens.ts";

/**
 * The manager of this process: the one registered on tsyringe's root container, or else the one that another package or
 * another loaded copy of this package made.
 *
 * @throws Error when there is none: call `registerWebSocketManager(container, { transport })` first, or use the
 * package `outsock`, which comes with a transport.
 */
export function getWebSocketManager(): WebSocketManager {
  const manager = findProcessManager();
  if (manager !== undefined) return manager;
  throw new Error("No manager is registered: call registerWebSocketManager(container, { transport }) first");
}

/** As `getWebSocketManager`, but undefined when there is none. */
export function findWebSocketManager(): WebSocketManager | undefined {
  return findProcessManager();
}

/** As `getWebSocketManager`. When there is no manager, makes one with the options that `defaults` returns and registers it. */
export function ensureWebSocketManager(defaults: () => ManagerOptions): WebSocketManager {
  return ensureProcessManager((ports) => createManager(defaults(), ports));
}

/** Puts tsyringe's root container among the registries of the process, with the manager that was made before. */
export function joinProcess(): void {
  const slot = processSlot();
  slot.registries.push(rootRegistry);
  if (slot.create !== undefined) rootRegistry.adopt(slot.create);
}

const rootRegistry: ManagerRegistry = {
  find: () =>
    state() === "registered" ? rootContainer.resolve<WebSocketManager>(tokens.manager) : undefined,
  adopt(create) {
    if (state() !== "empty") return;
    register(rootContainer, create);
    disposeWithContainer(rootContainer);
  },
};

/** A disposed container throws at every call. */
function state(): "registered" | "empty" | "disposed" {
  try {
    return rootContainer.isRegistered<WebSocketManager>(tokens.manager) ? "registered" : "empty";
  } catch {
    return "disposed";
  }
}
