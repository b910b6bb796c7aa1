import { createWebSocketManager } from "@outsock/core";
import { startHomeAssistant } from "@outsock/test-servers";
import { wsTransport } from "@outsock/transport-ws";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { homeAssistant, openSession } from "../../src/index.ts";
import { next, openReal, use } from "../support/real.ts";

const token = "secret-token";

describe("homeAssistant", () => {
  it("It logs in and calls with increasing ids", async () => {
    const { url, received, states } = await use(startHomeAssistant());
    const session = await openReal({ url, protocol: homeAssistant({ token }) });
    const service = { domain: "light", service: "turn_on", target: { entity_id: "light.kitchen" } };
    expect(await session.call("call_service", service)).toMatchObject({ success: true });
    expect(states.get("light.kitchen")).toBe("on");
    expect((await session.call("get_states")).data?.response).toEqual([
      { entity_id: "light.kitchen", state: "on" },
    ]);
    expect(await session.call("ping")).toMatchObject({ success: true });
    const { error } = await session.call("no_such_command");
    expect(error).toMatchObject({ code: "REMOTE_ERROR", remote: { code: "unknown_command" } });
    const ids = received.map(({ id }) => Number(id));
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
  });

  it("A wrong token ends the session with AUTH_FAILED, is not retried, and is not shown", async () => {
    const server = await use(startHomeAssistant());
    const manager = createWebSocketManager({ transport: wsTransport() });
    const protocol = homeAssistant({ token: "hunter2" });
    const { error } = await openSession(manager, { url: server.url, protocol, reconnect: { initial: true } });
    expect(error).toMatchObject({ code: "AUTH_FAILED", phase: "connect", sent: "no", retryable: false });
    expect(JSON.stringify(error)).not.toContain("hunter2");
    expect(server.connectionCount).toBe(1);
    expect(manager.getStats().openConnections).toBe(0);
  });

  it("The token function is called at each login", async () => {
    const server = await use(startHomeAssistant());
    const asked: string[] = [];
    const protocol = homeAssistant({
      token: async () => {
        asked.push("token");
        return token;
      },
    });
    const session = await openReal({ url: server.url, protocol, reconnect: { baseDelayMs: 1 } });
    server.dropConnections();
    await next(session, "gap");
    expect(asked).toEqual(["token", "token"]);
  });

  it("Opening waits until Home Assistant is running, unless waitUntilRunning is false", async () => {
    const server = await use(startHomeAssistant({ notReadyCount: 1 }));
    const protocol = homeAssistant({ token });
    const manager = createWebSocketManager({ transport: wsTransport() });
    const early = await openSession(manager, { url: server.url, protocol });
    expect(early.error).toMatchObject({ code: "CONNECT_FAILED", retryable: true, retryAfterMs: 2_000 });
    const starting = await use(startHomeAssistant({ notReadyCount: 1 }));
    const hasty = homeAssistant({ token, waitUntilRunning: false });
    expect(await openReal({ url: starting.url, protocol: hasty })).toMatchObject({ state: "ready" });
    const session = await openReal({ url: server.url, protocol });
    expect((await session.call("get_config")).data?.response).toMatchObject({ state: "RUNNING" });
  });

  it("Events arrive until the subscription ends, even after a lost connection", async () => {
    const server = await use(startHomeAssistant());
    const session = await openReal({
      url: server.url,
      protocol: homeAssistant({ token }),
      reconnect: { baseDelayMs: 1 },
    });
    const subscribed = await session.subscribe("subscribe_events", { event_type: "state_changed" });
    const events = subscribed.data?.subscription[Symbol.asyncIterator]();
    server.change("light.kitchen", "on");
    expect(await events?.next()).toMatchObject({ value: { data: { new_state: { state: "on" } } } });
    const gap = next(session, "gap");
    server.dropConnections();
    await gap;
    await session.call("ping");
    server.change("light.kitchen", "off");
    expect(await events?.next()).toMatchObject({ value: { data: { new_state: { state: "off" } } } });
    await subscribed.data?.subscription.close();
    expect(server.received.at(-1)).toMatchObject({ type: "unsubscribe_events" });
    expect((await session.call("ping")).success).toBe(true);
  });

  it("The ping command detects a dead Home Assistant, and the session reconnects when it is back", async () => {
    const server = await use(startHomeAssistant());
    const session = await openReal({
      url: server.url,
      protocol: homeAssistant({ token }),
      heartbeat: { intervalMs: 20, timeoutMs: 30 },
      reconnect: { baseDelayMs: 1 },
    });
    server.silent = true;
    expect(await next(session, "state")).toMatchObject({ state: "waiting" });
    server.silent = false;
    await next(session, "gap");
    expect((await session.call("ping")).success).toBe(true);
  });

  it("A server that is not Home Assistant fails as retryable", async () => {
    const peer = {
      resume: undefined,
      send: () => undefined,
      receive: () => Promise.resolve({ type: "hello" }),
    };
    const failed = homeAssistant({ token }).handshake?.(peer);
    await expect(failed).rejects.toMatchObject({ refusal: { code: "PROTOCOL_ERROR", retryable: true } });
  });

  it("Coalesced messages are split", () => {
    const { classify } = homeAssistant({ token });
    expect(
      classify([
        { id: 3, type: "event", event: { a: 1 } },
        { id: 4, type: "pong" },
      ]),
    ).toEqual([
      { kind: "event", topic: 3, data: { a: 1 } },
      { kind: "reply", id: 4, result: undefined },
    ]);
  });

  it("Any JSON is classified without throwing", () => {
    const { classify } = homeAssistant({ token });
    fc.assert(fc.property(fc.jsonValue(), (message) => void classify(message)));
  });

  it("A token is required, and params must be an object", async () => {
    expect(() => homeAssistant({ token: "" })).toThrow("token");
    const { url } = await use(startHomeAssistant());
    const session = await openReal({ url, protocol: homeAssistant({ token }) });
    expect((await session.call("ping", [])).error?.code).toBe("INVALID_MESSAGE");
    expect((await session.call("ping", { id: 5 })).error?.code).toBe("INVALID_MESSAGE");
  });
});
