import { afterEach, describe, expect, it, vi } from "vitest";

afterEach(async () => {
  const { getWebSocketManager } = await import("../src/index.ts");
  await getWebSocketManager().dispose();
  vi.resetModules();
});

describe("the manager of the process", () => {
  it("is made once, with a transport, ready to use", async () => {
    const { getWebSocketManager } = await import("../src/index.ts");
    const manager = getWebSocketManager();
    expect(getWebSocketManager()).toBe(manager);
    expect(manager.getStats().maxRateLimit).toBe(300);
    expect((await manager.connect("")).error?.code).toBe("INVALID_URL");
  });

  it("is the same for two loaded copies of everything", async () => {
    const first = await import("../src/index.ts");
    const { container: firstContainer } = await import("tsyringe");
    const manager = first.getWebSocketManager();
    vi.resetModules();
    // A second copy of tsyringe has a root container of its own.
    vi.doMock("tsyringe", () => ({ container: firstContainer.createChildContainer() }));
    const second = await import("../src/index.ts");
    expect(second.getWebSocketManager).not.toBe(first.getWebSocketManager);
    expect(second.getWebSocketManager()).toBe(manager);
    vi.doUnmock("tsyringe");
  });

  it("is the registered one, when one is registered", async () => {
    const { getWebSocketManager, registerWebSocketManager, tokens, wsTransport } = await import(
      "../src/index.ts"
    );
    const { container } = await import("tsyringe");
    registerWebSocketManager(container, { transport: wsTransport(), codec: "text" });
    expect(getWebSocketManager()).toBe(container.resolve(tokens.manager));
  });

  it("is closed by container.dispose(), and the next call makes another", async () => {
    const { getWebSocketManager } = await import("../src/index.ts");
    const { container } = await import("tsyringe");
    const manager = getWebSocketManager();
    await container.dispose();
    expect(manager.disposed).toBe(true);
    expect(getWebSocketManager().disposed).toBe(false);
    expect(getWebSocketManager()).toBe(getWebSocketManager());
  });
});
