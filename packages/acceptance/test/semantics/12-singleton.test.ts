import "reflect-metadata";
import { registerWebSocketManager, tokens } from "@outsock/container";
import { unwrap, type WebSocketManager } from "@outsock/core";
import { getWebSocketManager } from "outsock";
import { container as rootContainer } from "tsyringe";
import { describe, expect, it, onTestFinished } from "vitest";
import { startInspector } from "../support/inspector.ts";
import { venues } from "../support/venues.ts";

describe.each(venues)("a container with $name", (venue) => {
  it("shares one manager with its children, and its disposal closes the sockets", async () => {
    const peer = await venue.startPeer();
    onTestFinished(() => peer.close());
    const container = rootContainer.createChildContainer();
    registerWebSocketManager(container, { transport: venue.createTransport() });
    const child = container.createChildContainer();
    const manager = child.resolve<WebSocketManager>(tokens.manager);
    expect(container.resolve<WebSocketManager>(tokens.manager)).toBe(manager);
    const [connected, remote] = await Promise.all([manager.connect(peer.url), peer.nextConnection()]);
    await child.dispose();
    expect(unwrap(connected).connection.state).toBe("open");
    await container.dispose();
    await remote.ended;
    expect(unwrap(connected).connection.state).toBe("closed");
    expect((await manager.connect(peer.url)).error?.code).toBe("DISPOSED");
  });
});

describe("the umbrella", () => {
  it("has one manager for the process, ready for real servers, closed by dispose", async () => {
    const manager = getWebSocketManager();
    onTestFinished(() => manager.dispose());
    const url = await startInspector();
    const message = { id: 1, method: "Runtime.evaluate", params: { expression: "1 + 1" } };
    const { response } = unwrap(await getWebSocketManager().request(url, message));
    expect(response).toMatchObject({ result: { result: { value: 2 } } });
    expect(manager.getStats().messagesReceivedCount).toBe(1);
    const { connection } = unwrap(await manager.connect(url));
    await manager.dispose();
    expect(connection.state).toBe("closed");
    expect(getWebSocketManager()).not.toBe(manager);
  });

  it("has the manager that tsyringe resolves, whose sockets close when the root container is disposed", async () => {
    const url = await startInspector();
    const manager = getWebSocketManager();
    expect(rootContainer.resolve<WebSocketManager>(tokens.manager)).toBe(manager);
    const { connection } = unwrap(await manager.connect(url));
    await rootContainer.dispose();
    expect(connection.state).toBe("closed");
    expect(manager.disposed).toBe(true);
  });
});
