import "reflect-metadata";
import type { Transport, WebSocketManager } from "@outsock/core";
import { container as rootContainer } from "tsyringe";
import { afterEach, describe, expect, it } from "vitest";
import { findWebSocketManager, registerWebSocketManager, tokens } from "../src/index.ts";
import { stubTransport } from "./support/stub-transport.ts";

function resolve(container = rootContainer): WebSocketManager {
  return container.resolve<WebSocketManager>(tokens.manager);
}

afterEach(async () => {
  await findWebSocketManager()?.dispose();
  rootContainer.reset();
});

describe("registerWebSocketManager", () => {
  it("makes one manager, when it is first resolved", () => {
    const container = rootContainer.createChildContainer();
    registerWebSocketManager(container, { transport: stubTransport() });
    expect(resolve(container)).toBe(resolve(container));
  });

  it("gives two containers two managers", () => {
    const [one, two] = [rootContainer.createChildContainer(), rootContainer.createChildContainer()];
    registerWebSocketManager(one, { transport: stubTransport() });
    registerWebSocketManager(two, { transport: stubTransport() });
    expect(resolve(one)).not.toBe(resolve(two));
  });

  it("shares the manager with child containers, whose disposal leaves it open", async () => {
    const parent = rootContainer.createChildContainer();
    registerWebSocketManager(parent, { transport: stubTransport() });
    const child = parent.createChildContainer();
    const manager = resolve(child);
    expect(manager).toBe(resolve(parent));
    await child.dispose();
    expect(manager.disposed).toBe(false);
  });

  it("closes the manager's sockets when the container is disposed", async () => {
    const transport = stubTransport();
    const container = rootContainer.createChildContainer();
    registerWebSocketManager(container, { transport });
    const manager = resolve(container);
    await manager.connect("ws://peer.test/");
    await container.dispose();
    expect(manager.disposed).toBe(true);
    expect(transport.closed).toEqual([1000]);
  });

  it("replaces an option by the port registered under its token", async () => {
    const container = rootContainer.createChildContainer();
    const [given, registered] = [stubTransport(), stubTransport()];
    container.register<Transport>(tokens.transport, { useValue: registered });
    registerWebSocketManager(container, { transport: given });
    await resolve(container).connect("ws://peer.test/");
    expect([given.opened, registered.opened]).toEqual([0, 1]);
  });

  it("makes a new manager after the old one was disposed", async () => {
    const container = rootContainer.createChildContainer();
    registerWebSocketManager(container, { transport: stubTransport() });
    const first = resolve(container);
    await first.dispose();
    expect(resolve(container)).not.toBe(first);
    expect(resolve(container).disposed).toBe(false);
  });

  it("throws while the container has a manager in use, not before it was made or after it was disposed", async () => {
    const container = rootContainer.createChildContainer();
    registerWebSocketManager(container, { transport: stubTransport() });
    registerWebSocketManager(container, { transport: stubTransport(), codec: "text" });
    const manager = resolve(container);
    expect(() => registerWebSocketManager(container, { transport: stubTransport() })).toThrow(/in use/);
    await manager.dispose();
    registerWebSocketManager(container, { transport: stubTransport() });
    expect(resolve(container)).not.toBe(manager);
  });

  it("adds one disposable to the container, however many managers it made", async () => {
    const container = rootContainer.createChildContainer();
    registerWebSocketManager(container, { transport: stubTransport() });
    for (let turn = 0; turn < 10; turn += 1) await resolve(container).dispose();
    const manager = resolve(container);
    expect(Object(container).disposables.size).toBe(1);
    await container.dispose();
    expect(manager.disposed).toBe(true);
  });

  it("throws a TypeError without a transport, and for a wrong option", () => {
    const container = rootContainer.createChildContainer();
    registerWebSocketManager(container);
    expect(() => resolve(container)).toThrow(TypeError);
    registerWebSocketManager(container, { transport: stubTransport(), timeoutMs: -1 });
    expect(() => resolve(container)).toThrow(TypeError);
  });
});
