// tsyringe throws when it is imported without a Reflect polyfill.
import "reflect-metadata";
import { createWebSocketManager, type ManagerOptions, type WebSocketManager } from "@outsock/core";
import { type DependencyContainer, type InjectionToken, container as rootContainer } from "tsyringe";
import { fillSlot } from "./process-slot.ts";
import { tokens } from "./tokens.ts";

/**
 * Registers one manager under `tokens.manager`, made when it is first resolved; child containers share it. A port
 * registered under its token (`tokens.transport`, ...) goes before the option of the same name, so that a test
 * replaces the transport without touching this call. `container.dispose()` closes the manager's sockets. After the
 * manager was disposed of, the next resolve makes a new one.
 *
 * On tsyringe's own root container the manager is the one of the whole process: `getWebSocketManager()`.
 *
 * @throws TypeError when the manager is made, for options that are wrong or without a transport.
 */
export function registerWebSocketManager(
  container: DependencyContainer,
  options: Partial<ManagerOptions> = {},
): DependencyContainer {
  let manager: WebSocketManager | undefined;
  const useFactory = (): WebSocketManager => {
    if (manager === undefined || manager.disposed) manager = make(container, options);
    return manager;
  };
  return container.register<WebSocketManager>(tokens.manager, { useFactory });
}

function make(container: DependencyContainer, options: Partial<ManagerOptions>): WebSocketManager {
  const transport = port(container, tokens.transport) ?? options.transport;
  if (transport === undefined) {
    throw new TypeError("registerWebSocketManager: give a transport, as an option or under tokens.transport");
  }
  const manager = createWebSocketManager({
    ...options,
    transport,
    clock: port(container, tokens.clock) ?? options.clock,
    rateLimiter: port(container, tokens.rateLimiter) ?? options.rateLimiter,
    statsSink: port(container, tokens.statsSink) ?? options.statsSink,
  });
  disposeWith(container, manager);
  if (container === rootContainer) fillSlot(manager);
  return manager;
}

function port<T>(container: DependencyContainer, token: InjectionToken<T>): T | undefined {
  return container.isRegistered<T>(token, true) ? container.resolve<T>(token) : undefined;
}

/** tsyringe disposes of what it built from a class, not of what a factory gave it: so it is given such a class. */
function disposeWith(container: DependencyContainer, manager: WebSocketManager): void {
  class ManagerDisposer {
    dispose(): Promise<void> {
      return manager.dispose();
    }
  }
  container.resolve(ManagerDisposer);
}
