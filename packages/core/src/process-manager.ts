import type { Clock } from "./ports/clock.ts";
import type { RateLimiter } from "./ports/rate-limiter.ts";
import type { StatsSink } from "./ports/stats-sink.ts";
import type { Transport } from "./ports/transport.ts";
import type { WebSocketManager } from "./web-socket-manager.ts";

/** Ports that a registry holds. They replace those that the manager would otherwise be made with. */
export interface RegisteredPorts {
  readonly transport?: Transport | undefined;
  readonly clock?: Clock | undefined;
  readonly rateLimiter?: RateLimiter | undefined;
  readonly statsSink?: StatsSink | undefined;
}

export type CreateManager = (ports: RegisteredPorts) => WebSocketManager;

/** A dependency container that may hold the manager of the process. */
export interface ManagerRegistry {
  /** The registered manager, or undefined when none is registered or the container was disposed. */
  find(): WebSocketManager | undefined;
  /**
   * Registers the manager of the process, so that the container resolves it and disposes it. `create` makes a new one
   * after a disposal. Does nothing when the container has a manager or was disposed.
   */
  adopt(create: CreateManager): void;
}

/** A place for one manager. */
export interface ManagerSlot {
  /** A disposed manager counts as none. */
  manager: WebSocketManager | undefined;
}

/**
 * The process-wide slot: one object on `globalThis`, shared by all loaded copies of Outsock's packages, which do not
 * share module variables. Its shape is fixed by the version in its key; a change of shape takes another key.
 */
export interface ProcessSlot extends ManagerSlot {
  /** How `getWebSocketManager()` last made the manager, for registries that are loaded later. */
  create: CreateManager | undefined;
  /** Asked before the slot, in the order in which they were loaded. */
  readonly registries: ManagerRegistry[];
}

const key: symbol = Symbol.for("@outsock/core/process-manager@1");

/** The slot of this process. */
export function processSlot(): ProcessSlot {
  const found: unknown = Reflect.get(globalThis, key);
  if (isSlot(found)) return found;
  const slot: ProcessSlot = { manager: undefined, create: undefined, registries: [] };
  Object.defineProperty(globalThis, key, { value: slot, configurable: true, writable: true });
  return slot;
}

function isSlot(value: unknown): value is ProcessSlot {
  return typeof value === "object" && value !== null && "registries" in value;
}

/** The manager in the slot, unless it was disposed. */
export function managerIn(slot: ManagerSlot): WebSocketManager | undefined {
  return slot.manager?.disposed === false ? slot.manager : undefined;
}

/** The manager in the slot; when there is none, `create` makes it. */
export function ensureManagerIn(slot: ManagerSlot, create: () => WebSocketManager): WebSocketManager {
  const manager = managerIn(slot) ?? create();
  slot.manager = manager;
  return manager;
}

/** The manager of this process: the one in the first registry that has one, or else in the slot. */
export function findProcessManager(): WebSocketManager | undefined {
  const slot = processSlot();
  for (const registry of slot.registries) {
    const registered = registry.find();
    if (registered !== undefined) return registered;
  }
  return managerIn(slot);
}

/** As `findProcessManager`. When there is no manager, makes one and registers it in every registry. */
export function ensureProcessManager(create: CreateManager): WebSocketManager {
  const found = findProcessManager();
  if (found !== undefined) return found;
  const slot = processSlot();
  slot.create = create;
  for (const registry of slot.registries) registry.adopt(create);
  return findProcessManager() ?? ensureManagerIn(slot, () => create({}));
}
