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
 * @throws Error when the container already has a manager that is in use: there is one for each container.
 * @throws TypeError when the manager is made, for options that are wrong or without a transport.
 */
export function registerWebSocketManager(
  container: DependencyContainer,
  options: Partial<ManagerOptions> = {},
): DependencyContainer {
  const former = registrations.get(container);
  if (former?.live) {
    throw new Error(
      "registerWebSocketManager: the container already has a manager in use; dispose of it first",
    );
  }
  const registration = new Registration(container, options);
  registrations.set(container, registration);
  return container.register<WebSocketManager>(tokens.manager, { useFactory: () => registration.manager });
}

const registrations: WeakMap<DependencyContainer, Registration> = new WeakMap();

/** The manager of one container, made when it is first asked for, and anew after it was disposed of. */
class Registration {
  readonly #container: DependencyContainer;
  readonly #options: Partial<ManagerOptions>;
  #manager: WebSocketManager | undefined;
  #isDisposedWithContainer = false;

  constructor(container: DependencyContainer, options: Partial<ManagerOptions>) {
    this.#container = container;
    this.#options = options;
  }

  get live(): boolean {
    return this.#manager !== undefined && !this.#manager.disposed;
  }

  get manager(): WebSocketManager {
    if (this.#manager !== undefined && !this.#manager.disposed) return this.#manager;
    const manager = make(this.#container, this.#options);
    this.#manager = manager;
    this.#disposeWithContainer();
    if (this.#container === rootContainer) fillSlot(manager);
    return manager;
  }

  /** tsyringe disposes of what it built from a class, not of what a factory gave it: so it is given such a class, once. */
  #disposeWithContainer(): void {
    if (this.#isDisposedWithContainer) return;
    this.#isDisposedWithContainer = true;
    const dispose = async (): Promise<void> => this.#manager?.dispose();
    class ManagerDisposer {
      readonly dispose = dispose;
    }
    this.#container.resolve(ManagerDisposer);
  }
}

function make(container: DependencyContainer, options: Partial<ManagerOptions>): WebSocketManager {
  const transport = port(container, tokens.transport) ?? options.transport;
  if (transport === undefined) {
    throw new TypeError("registerWebSocketManager: give a transport, as an option or under tokens.transport");
  }
  return createWebSocketManager({
    ...options,
    transport,
    clock: port(container, tokens.clock) ?? options.clock,
    rateLimiter: port(container, tokens.rateLimiter) ?? options.rateLimiter,
    statsSink: port(container, tokens.statsSink) ?? options.statsSink,
  });
}

function port<T>(container: DependencyContainer, token: InjectionToken<T>): T | undefined {
  return container.isRegistered<T>(token, true) ? container.resolve<T>(token) : undefined;
}
