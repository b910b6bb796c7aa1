import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createWebSocketManager, type WebSocketManager } from "../src/index.ts";
import {
  type CreateManager,
  ensureProcessManager,
  findProcessManager,
  type ManagerRegistry,
  processSlot,
} from "../src/process-manager.ts";
import { puppetTransport } from "./support/puppet.ts";

const forget = () => Reflect.deleteProperty(globalThis, Symbol.for("@outsock/core/process-manager@1"));
beforeEach(forget);
afterEach(forget);

const create: CreateManager = ({ transport = puppetTransport(), ...ports }) =>
  createWebSocketManager({ transport, ...ports });

/** A registry that holds a manager or none, and counts what it is asked to adopt. */
function registry(manager?: WebSocketManager): ManagerRegistry & { readonly adopted: CreateManager[] } {
  const adopted: CreateManager[] = [];
  return { adopted, find: () => manager, adopt: (maker) => adopted.push(maker) };
}

describe("the manager of the process", () => {
  it("is none until one is made, then that one until it is disposed", async () => {
    expect(findProcessManager()).toBeUndefined();
    const manager = ensureProcessManager(create);
    expect(ensureProcessManager(create)).toBe(manager);
    expect(findProcessManager()).toBe(manager);
    await manager.dispose();
    expect(findProcessManager()).toBeUndefined();
    expect(ensureProcessManager(create)).not.toBe(manager);
  });

  it("is the same in another loaded copy", async () => {
    const manager = ensureProcessManager(create);
    vi.resetModules();
    const copy = await import("../src/process-manager.ts");
    expect(copy.findProcessManager).not.toBe(findProcessManager);
    expect(copy.findProcessManager()).toBe(manager);
  });

  it("is looked up in the registries first, in the order in which they were loaded", () => {
    const [inSlot, one, other] = [ensureProcessManager(create), create({}), create({})];
    processSlot().registries.push(registry(), registry(one), registry(other));
    expect(findProcessManager()).toBe(one);
    expect(processSlot().manager).toBe(inSlot);
  });

  it("is offered to every registry when it is made, and to none when it is found", () => {
    const [one, other] = [registry(), registry()];
    processSlot().registries.push(one, other);
    ensureProcessManager(create);
    ensureProcessManager(create);
    expect([one.adopted, other.adopted]).toEqual([[create], [create]]);
    expect(processSlot().create).toBe(create);
  });
});
