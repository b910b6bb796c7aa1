import { describe, expect, it } from "vitest";
import { SlowLimiter } from "../support/limiters.ts";
import { stage } from "../support/stage.ts";
import { follow } from "../support/subscribing.ts";

describe("the old connection of a rotation", () => {
  it("It is not kept for a subscription that the server now refuses", async () => {
    const { open, server, clock } = stage();
    const session = await open({ maxAgeMs: 1_000 });
    const subscription = await follow(session);
    server.answers.subscribe = () => ({ error: { code: 9, message: "full" } });
    await clock.advance(900);
    expect(subscription.error?.code).toBe("REMOTE_ERROR");
    expect([server.open.length, session.state]).toEqual([1, "ready"]);
  });

  it("It is not kept for a subscription that is closed before it has moved", async () => {
    const { open, server, clock } = stage();
    const session = await open({ maxAgeMs: 10_000, callTimeoutMs: 200 });
    const subscription = await follow(session);
    delete server.answers.subscribe;
    // The attempt to move it has failed, and the next one is pending.
    await clock.advance(9_300);
    expect(server.open).toHaveLength(2);
    await subscription.close();
    await clock.advance(0);
    expect([server.open.length, session.state]).toEqual([1, "ready"]);
  });
});

describe("a subscription that the server confirms too late", () => {
  it.each<[string, (controller: AbortController) => void, number, string]>([
    ["that was aborted", (controller) => controller.abort(), 0, "ABORTED"],
    ["that timed out", () => undefined, 100, "RECEIVE_TIMEOUT"],
  ])("One %s is cancelled at the server", async (_, abort, ms, code) => {
    const { open, server, clock } = stage();
    const session = await open();
    delete server.answers.subscribe;
    const controller = new AbortController();
    const subscribing = session.subscribe("news", undefined, { signal: controller.signal, timeoutMs: 100 });
    await clock.advance(0);
    abort(controller);
    await clock.advance(ms);
    expect((await subscribing).error?.code).toBe(code);
    const [{ id } = {}] = server.last.calls("subscribe");
    // Some servers return ids as strings.
    server.last.send({ id: ms === 0 ? id : String(id), result: "late" });
    server.last.send({ id, result: "twice" });
    await clock.advance(0);
    expect(server.last.calls("unsubscribe")).toMatchObject([{ params: { topic: "late" } }]);
    expect(session.getStats()).toMatchObject({ lateRepliesCount: 2, inFlight: 0, subscriptions: 0 });
  });

  it("The latest 1,024 are remembered, and cancelled at the server", async () => {
    const { open, server, clock } = stage({ rateLimiter: new SlowLimiter() });
    const session = await open();
    delete server.answers.subscribe;
    const controller = new AbortController();
    const { signal } = controller;
    const all = Array.from({ length: 1_025 }, () => session.subscribe("news", undefined, { signal }));
    await clock.advance(0);
    while (server.last.received.length < all.length) await clock.advance(0);
    controller.abort();
    await Promise.all(all);
    const calls = server.last.calls("subscribe");
    for (const { id } of [calls.at(0), calls.at(-1)].flatMap((call) => call ?? [])) {
      server.last.send({ id, result: `of ${id}` });
    }
    await clock.advance(0);
    expect(server.last.calls("unsubscribe")).toMatchObject([{ params: { topic: `of ${calls.at(-1)?.id}` } }]);
  });

  it("One that was being restored uses the late answer", async () => {
    const { open, server, clock } = stage();
    const session = await open({ callTimeoutMs: 200 });
    const subscription = await follow(session);
    delete server.answers.subscribe;
    server.last.peer.drop();
    await clock.advance(1_000 + 300);
    const [{ id } = {}] = server.last.calls("subscribe");
    server.last.send({ id, result: "late" });
    server.last.send({ topic: "late", data: 1 });
    await clock.advance(10_000);
    expect(server.last.calls("subscribe")).toHaveLength(1);
    for await (const event of subscription) {
      expect(event).toBe(1);
      break;
    }
  });
});

describe("a late answer to a restored subscription", () => {
  /** The first attempt to restore a subscription has timed out. */
  const late = async () => {
    const staged = stage();
    const { open, server, clock } = staged;
    const session = await open({ callTimeoutMs: 200 });
    const subscription = await follow(session);
    const seen: unknown[] = [];
    const loop = async (): Promise<void> => {
      for await (const event of subscription) seen.push(event);
    };
    loop().catch(() => undefined);
    const { subscribe = () => ({}) } = server.answers;
    delete server.answers.subscribe;
    server.last.peer.drop();
    await clock.advance(1_000 + 200);
    const [{ id } = {}] = server.last.calls("subscribe");
    return { ...staged, session, subscription, seen, id, heal: () => (server.answers.subscribe = subscribe) };
  };

  it("From a replaced connection it does not move the subscription back", async () => {
    const { server, session, clock, seen, id, heal } = await late();
    void session.call("hold", 1, { timeoutMs: 5_000 });
    await clock.advance(0);
    heal();
    const old = server.last;
    old.send({ goAway: true });
    await clock.advance(0);
    old.send({ id, result: "late" });
    server.last.send({ topic: "topic-of-news", data: "new" });
    old.send({ topic: "late", data: "old" });
    await clock.advance(0);
    expect(server.open).toHaveLength(2);
    expect(seen).toEqual(["new"]);
  });

  it.each([
    ["with another topic is cancelled at the server", "second", 1],
    ["with the same topic is the same subscription", "late", 0],
  ])("A second answer %s", async (_, topic, unsubscribed) => {
    const { server, clock, seen, id } = await late();
    await clock.advance(1_000);
    const [, { id: second } = {}] = server.last.calls("subscribe");
    server.last.send({ id, result: "late" });
    server.last.send({ id: second, result: topic });
    server.last.send({ topic: "late", data: 1 });
    await clock.advance(0);
    expect(seen).toEqual([1]);
    expect(server.last.calls("unsubscribe")).toHaveLength(unsubscribed);
  });
});

describe("a subscription between two connections", () => {
  it("One that waits for a connection is started once", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    server.last.peer.drop();
    await clock.advance(0);
    const subscribing = follow(session);
    await clock.advance(1_000);
    await subscribing;
    expect(server.allReceived("subscribe")).toHaveLength(1);
  });

  it("One that the old connection confirms after the new one serves is moved at once", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const { subscribe = () => ({}) } = server.answers;
    delete server.answers.subscribe;
    const subscribing = follow(session);
    await clock.advance(0);
    const old = server.last;
    old.send({ goAway: true });
    await clock.advance(0);
    expect(server.open).toHaveLength(2);
    server.answers.subscribe = subscribe;
    old.send({ id: old.received[0]?.id, result: "of old" });
    await subscribing;
    await clock.advance(0);
    expect(server.last.calls("subscribe")).toHaveLength(1);
    expect(server.open).toEqual([server.last]);
  });

  it("One that is lost with the old connection before it was confirmed is started on the new one at once", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    await follow(session);
    const { subscribe = () => ({}) } = server.answers;
    delete server.answers.subscribe;
    server.last.peer.drop();
    await clock.advance(1_000);
    const old = server.last;
    expect(old.calls("subscribe")).toHaveLength(1);
    old.send({ goAway: true });
    await clock.advance(0);
    server.answers.subscribe = subscribe;
    expect(server.last.calls("subscribe")).toEqual([]);
    old.peer.drop();
    await clock.advance(0);
    expect(server.last.calls("subscribe")).toHaveLength(1);
  });

  it("One that the new connection confirms late lets the old connection close", async () => {
    const { open, server, clock } = stage();
    const session = await open({ maxAgeMs: 10_000, callTimeoutMs: 200 });
    await follow(session);
    delete server.answers.subscribe;
    await clock.advance(9_000 + 300);
    expect(server.open).toHaveLength(2);
    server.last.send({ id: server.last.received[0]?.id, result: "late" });
    await clock.advance(0);
    expect(server.open).toEqual([server.last]);
  });
});
