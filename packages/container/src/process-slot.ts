import type { WebSocketManager } from "@outsock/core";

/** One place for all loaded copies of this package, which do not share module variables. */
const slot: symbol = Symbol.for("@outsock/container/process-wide-manager");

export function readSlot(): WebSocketManager | undefined {
  const manager: unknown = Reflect.get(globalThis, slot);
  return isManager(manager) && !manager.disposed ? manager : undefined;
}

export function fillSlot(manager: WebSocketManager): void {
  Object.defineProperty(globalThis, slot, { value: manager, configurable: true, writable: true });
}

function isManager(value: unknown): value is WebSocketManager {
  return typeof value === "object" && value !== null && "execute" in value && "disposed" in value;
}
