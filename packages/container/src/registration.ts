// tsyringe throws when it is imported without a Reflect polyfill.
import "reflect-metadata";
import { createWebSocketManager, type ManagerOptions, type WebSocketManager } from "@outsock/core";
import {
  type CreateManager,
  ensureManagerIn,
  type ManagerSlot,
  managerIn,
  processSlot,
  type RegisteredPorts,
} from "@outsock/core/process-manager";
import { type DependencyContainer, type InjectionToken, container as rootContainer } from "tsyringe";
import { tokens } from "./tokens.ts";

/**
 * Registers one manager under `tokens.manager`. It is made when it is first resolved, and child containers share it. A
 * port registered under its token (`tokens.transport`, ...) replaces the option of the same name, so a test can swap
 * the transport without touching this call. `container.dispose()` closes the manager's sockets. After the manager was
 * disposed, the next resolve makes a new one.
 *
 * On tsyringe's root container the manager is the one of the whole process: `getWebSocketManager()`.
 *
 * @throws Error when the container already has a manager in use: a container has one, and so has the process.
 * @throws TypeError when the manager is made, if an option is wrong or there is no transport.
 */
export function registerWebSocketManager(
  container: DependencyContainer,
  options: Partial<ManagerOptions> = {},
): DependencyContainer {
  if (managerIn(slotOf(container)) !== undefined) {
    throw new Error(
      "registerWebSocketManager: the container already has a manager in use; dispose of it first",
    );
  }
  return register(container, (ports) => createManager(options, ports));
}

/** The manager with these options, of which a registered port replaces the one of the same name. */
export function createManager(options: Partial<ManagerOptions>, ports: RegisteredPorts): WebSocketManager {
  const transport = ports.transport ?? options.transport;
  if (transport === undefined) {
    throw new TypeError("registerWebSocketManager: give a transport, as an option or under tokens.transport");
  }
  return createWebSocketManager({
    ...options,
    transport,
    clock: ports.clock ?? options.clock,
    rateLimiter: ports.rateLimiter ?? options.rateLimiter,
    statsSink: ports.statsSink ?? options.statsSink,
  });
}

/** Registers the manager that the container's slot holds; when it holds none, `create` makes it. */
export function register(container: DependencyContainer, create: CreateManager): DependencyContainer {
  return container.register<WebSocketManager>(tokens.manager, {
    useFactory: () => {
      const manager = ensureManagerIn(slotOf(container), () => create(portsIn(container)));
      disposeWithContainer(container);
      return manager;
    },
  });
}

function portsIn(container: DependencyContainer): RegisteredPorts {
  const find = <T>(token: InjectionToken<T>): T | undefined =>
    container.isRegistered<T>(token, true) ? container.resolve<T>(token) : undefined;
  return {
    transport: find(tokens.transport),
    clock: find(tokens.clock),
    rateLimiter: find(tokens.rateLimiter),
    statsSink: find(tokens.statsSink),
  };
}

const slots: WeakMap<DependencyContainer, ManagerSlot> = new WeakMap();

/** Where the container's manager is kept; the root container shares the slot of the process. */
function slotOf(container: DependencyContainer): ManagerSlot {
  if (container === rootContainer) return processSlot();
  const slot = slots.get(container) ?? { manager: undefined };
  slots.set(container, slot);
  return slot;
}

const disposing: WeakSet<DependencyContainer> = new WeakSet();

/**
 * Makes `container.dispose()` dispose the manager. tsyringe disposes what it built from a class, not what a factory
 * returned, so it builds such a class, once for each container.
 */
export function disposeWithContainer(container: DependencyContainer): void {
  if (disposing.has(container)) return;
  disposing.add(container);
  const dispose = async (): Promise<void> => slotOf(container).manager?.dispose();
  class ManagerDisposer {
    readonly dispose = dispose;
  }
  container.resolve(ManagerDisposer);
}
