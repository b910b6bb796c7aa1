import "reflect-metadata";
import type { Transport, WebSocketManager } from "@outsock/core";
import { type DependencyContainer, container as tsyringeRoot } from "tsyringe";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

/** tsyringe's root container, as the packages see it: one of its own for each test. */
let root: DependencyContainer;

beforeEach(() => loadTsyringe());

afterEach(async () => {
  const { getWebSocketManager } = await import("../../src/index.ts");
  await getWebSocketManager().dispose();
  Reflect.deleteProperty(globalThis, Symbol.for("@outsock/core/process-manager@1"));
});

/** What is imported from now on is another copy, and so is tsyringe. */
function loadTsyringe(): void {
  vi.resetModules();
  root = tsyringeRoot.createChildContainer();
  vi.doMock("tsyringe", () => ({ container: root }));
}

const outsock = () => import("../../src/index.ts");
const container = () => import("@outsock/container");

/** Loads both packages in this order and makes the manager at once, or when both are loaded. */
const orders: Record<string, () => Promise<WebSocketManager>> = {
  "outsock, a manager, the container": async () => {
    const manager = (await outsock()).getWebSocketManager();
    await container();
    return manager;
  },
  "outsock, the container, a manager": async () => {
    const { getWebSocketManager } = await outsock();
    await container();
    return getWebSocketManager();
  },
  "the container, outsock, a manager": async () => {
    await container();
    return (await outsock()).getWebSocketManager();
  },
};

describe("the manager of the process", () => {
  it("is made once, with a transport, ready to use", async () => {
    const { getWebSocketManager } = await outsock();
    const manager = getWebSocketManager();
    expect(getWebSocketManager()).toBe(manager);
    expect(manager.getStats().maxRateLimit).toBe(300);
    expect((await manager.connect("")).error?.code).toBe("INVALID_URL");
  });

  it("is created again after a disposal", async () => {
    const { getWebSocketManager } = await outsock();
    const manager = getWebSocketManager();
    await manager.dispose();
    expect(getWebSocketManager()).not.toBe(manager);
    expect(getWebSocketManager().disposed).toBe(false);
  });

  it.each(["with", "without"])(
    "is the same for two loaded copies of everything, %s the container",
    async (how) => {
      const first = await outsock();
      if (how === "with") await container();
      const manager = first.getWebSocketManager();
      loadTsyringe();
      const second = await outsock();
      if (how === "with") {
        const { tokens } = await container();
        expect(root.resolve(tokens.manager)).toBe(manager);
      }
      expect(second.getWebSocketManager).not.toBe(first.getWebSocketManager);
      expect(second.getWebSocketManager()).toBe(manager);
      await manager.dispose();
      expect(second.getWebSocketManager()).toBe(first.getWebSocketManager());
    },
  );

  it("is the registered one, when one is registered", async () => {
    const { getWebSocketManager, wsTransport } = await outsock();
    const { registerWebSocketManager, tokens } = await container();
    registerWebSocketManager(root, { transport: wsTransport(), codec: "text" });
    expect(getWebSocketManager()).toBe(root.resolve(tokens.manager));
  });

  it("is the one that another copy has registered, also for a copy with a registration of its own", async () => {
    const first = await outsock();
    const firstContainer = await container();
    firstContainer.registerWebSocketManager(root, { transport: first.wsTransport() });
    loadTsyringe();
    const second = await outsock();
    const secondContainer = await container();
    secondContainer.registerWebSocketManager(root, { transport: second.wsTransport() });
    const manager = second.getWebSocketManager();
    expect(root.resolve(secondContainer.tokens.manager)).toBe(manager);
    expect(firstContainer.getWebSocketManager()).toBe(manager);
    expect(first.getWebSocketManager()).toBe(manager);
  });

  it("takes a transport that is registered under its token", async () => {
    const { getWebSocketManager, wsTransport } = await outsock();
    const { tokens } = await container();
    const open = vi.fn(() => Promise.reject(new Error("not this one")));
    root.register<Transport>(tokens.transport, { useValue: { ...wsTransport(), open } });
    await getWebSocketManager().connect("ws://localhost:1");
    expect(open).toHaveBeenCalledOnce();
  });

  it("is closed by container.dispose(), and the next call makes another", async () => {
    const { getWebSocketManager } = await outsock();
    await container();
    const manager = getWebSocketManager();
    await root.dispose();
    expect(manager.disposed).toBe(true);
    expect(getWebSocketManager().disposed).toBe(false);
    expect(getWebSocketManager()).toBe(getWebSocketManager());
  });
});

describe.each(Object.entries(orders))("loaded as %s:", (_, load) => {
  it("both packages and tsyringe give the same manager", async () => {
    const manager = await load();
    const { getWebSocketManager, tokens } = await container();
    expect(root.resolve(tokens.manager)).toBe(manager);
    expect(getWebSocketManager()).toBe(manager);
    expect((await outsock()).getWebSocketManager()).toBe(manager);
  });

  it("container.dispose() closes it, though it was never resolved there", async () => {
    const manager = await load();
    await root.dispose();
    expect(manager.disposed).toBe(true);
    expect((await outsock()).getWebSocketManager().disposed).toBe(false);
  });

  it("after manager.dispose() both give the same new one", async () => {
    const manager = await load();
    await manager.dispose();
    const { tokens } = await container();
    const next = root.resolve<WebSocketManager>(tokens.manager);
    expect(next).not.toBe(manager);
    expect((await outsock()).getWebSocketManager()).toBe(next);
    await root.dispose();
    expect(next.disposed).toBe(true);
  });

  it("registering another is refused while it is in use", async () => {
    const manager = await load();
    const { registerWebSocketManager, tokens } = await container();
    const { getWebSocketManager, wsTransport } = await outsock();
    expect(() => registerWebSocketManager(root, { transport: wsTransport() })).toThrow(/in use/);
    await manager.dispose();
    registerWebSocketManager(root, { transport: wsTransport() });
    expect(getWebSocketManager()).toBe(root.resolve(tokens.manager));
  });
});
