import "reflect-metadata";
import { container as rootContainer } from "tsyringe";
import { afterEach, describe, expect, it } from "vitest";
import { findWebSocketManager, getWebSocketManager, registerWebSocketManager, tokens } from "../src/index.ts";
import { stubTransport } from "./support/stub-transport.ts";

afterEach(async () => {
  await findWebSocketManager()?.dispose();
  rootContainer.reset();
});

describe("getWebSocketManager", () => {
  it("says what to do when there is none", () => {
    expect(() => getWebSocketManager()).toThrow(/registerWebSocketManager/);
  });

  it("asks the registry first", () => {
    registerWebSocketManager(rootContainer, { transport: stubTransport() });
    expect(getWebSocketManager()).toBe(rootContainer.resolve(tokens.manager));
  });

  it("falls back to the manager of the process when none is registered", () => {
    registerWebSocketManager(rootContainer, { transport: stubTransport() });
    const manager = getWebSocketManager();
    rootContainer.reset();
    expect(getWebSocketManager()).toBe(manager);
  });

  it("does not return a manager of the process that was disposed", async () => {
    registerWebSocketManager(rootContainer, { transport: stubTransport() });
    await getWebSocketManager().dispose();
    rootContainer.reset();
    expect(findWebSocketManager()).toBeUndefined();
  });
});
