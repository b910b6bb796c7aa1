import { slidingWindow } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { stage } from "../support/stage.ts";
import { collect, follow, takeAll } from "../support/subscribing.ts";

describe("a subscription", () => {
  it("It delivers the events of its topic in order, and others reach the session's event listeners", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const others: unknown[] = [];
    session.on("event", (event) => others.push(event));
    const seen = collect(await follow(session));
    for (const data of [1, 2, 3]) server.last.send({ topic: "topic-of-news", data });
    server.last.send({ topic: "else", data: 4 });
    await clock.advance(0);
    expect(seen).toEqual([1, 2, 3]);
    expect(others).toEqual([{ topic: "else", data: 4 }]);
  });

  it("Events that arrive before the server's answer are delivered", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    server.answers.subscribe = (_, connection) => {
      connection.send({ topic: "T", data: "early" });
      connection.send({ topic: "other", data: "unclaimed" });
      return { result: "T" };
    };
    const others: unknown[] = [];
    session.on("event", ({ topic }) => others.push(topic));
    const seen = collect(await follow(session));
    await clock.advance(0);
    expect(seen).toEqual(["early"]);
    expect(others).toEqual(["other"]);
  });

  it("It survives a lost connection: it is restored once, and a gap is reported", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const subscription = await follow(session);
    const seen = collect(subscription);
    const gaps: unknown[] = [];
    session.on("gap", (gap) => gaps.push(gap));
    server.last.send({ topic: "topic-of-news", data: 1 });
    await clock.advance(0);
    server.answers.subscribe = () => ({ result: "T2" });
    server.last.peer.drop();
    await clock.advance(1_000);
    expect(server.last.calls("subscribe")).toHaveLength(1);
    server.last.send({ topic: "T2", data: 2 });
    await clock.advance(0);
    expect(seen).toEqual([1, 2]);
    expect(gaps).toEqual([{ sinceMs: 1_000, subscriptions: 1 }]);
    expect(subscription.state).toBe("active");
  });

  it("It is restored once even if the connection is lost while it is restored", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const subscription = await follow(session);
    delete server.answers.subscribe;
    server.last.peer.drop();
    await clock.advance(1_000);
    expect(server.last.calls("subscribe")).toHaveLength(1);
    server.answers.subscribe = () => ({ result: "T3" });
    server.last.peer.drop();
    await clock.advance(5_000);
    expect(server.connectionCount).toBe(3);
    expect(server.last.calls("subscribe")).toHaveLength(1);
    const seen = collect(subscription);
    server.last.send({ topic: "T3", data: 3 });
    await clock.advance(0);
    expect(seen).toEqual([3]);
  });

  it("It is restored before waiting calls, and does not count against maxQueued", async () => {
    const { open, server, clock } = stage();
    const session = await open({ maxQueued: 2 });
    await follow(session);
    server.last.peer.drop();
    await clock.advance(0);
    const calls = [session.call("echo", 1), session.call("echo", 2)];
    await clock.advance(1_000);
    await Promise.all(calls);
    expect(server.last.received.map(({ method }) => method)).toEqual(["subscribe", "echo", "echo"]);
  });

  it("It is not given up if restoring it takes longer than callTimeoutMs", async () => {
    const { open, server, clock } = stage({ rateLimiter: slidingWindow({ limit: 10, windowMs: 1_000 }) });
    const session = await open({ callTimeoutMs: 500, reserve: 0 });
    const subscriptions = [];
    for (let n = 0; n < 20; n += 1) {
      subscriptions.push(await follow(session));
      await clock.advance(200);
    }
    server.last.peer.drop();
    await clock.advance(20_000);
    expect(subscriptions.map(({ state }) => state)).toEqual(new Array(20).fill("active"));
    const { subscribe } = server.answers;
    delete server.answers.subscribe;
    server.last.peer.drop();
    await clock.advance(3_000);
    if (subscribe !== undefined) server.answers.subscribe = subscribe;
    await clock.advance(20_000);
    const seen = collect(subscriptions[7] ?? (await follow(session)));
    server.last.send({ topic: "topic-of-news", data: "still there" });
    await clock.advance(0);
    expect(seen).toEqual(["still there"]);
  });

  it("If the server refuses to restore it, it ends with the server's error", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const subscription = await follow(session);
    const loop = takeAll(subscription, []);
    server.answers.subscribe = () => ({ error: { code: 9, message: "full" } });
    server.last.peer.drop();
    const expected = expect(loop).rejects.toMatchObject({ code: "REMOTE_ERROR", remote: { code: 9 } });
    await clock.advance(1_000);
    await expected;
    expect(subscription.state).toBe("ended");
    expect(server.last.calls("subscribe")).toHaveLength(1);
    expect(session.getStats().subscriptions).toBe(0);
  });

  it("It fails if the server refuses it or its answer has no topic", async () => {
    const { open, server } = stage();
    const session = await open();
    server.answers.subscribe = () => ({ error: { code: 9, message: "full" } });
    expect((await session.subscribe("news")).error).toMatchObject({ code: "REMOTE_ERROR", sent: "yes" });
    server.answers.subscribe = () => ({ result: { odd: true } });
    expect((await session.subscribe("news")).error).toMatchObject({ code: "INVALID_RESPONSE", sent: "yes" });
    expect(session.getStats().subscriptions).toBe(0);
  });

  it("It moves with a rotation and misses no event of either connection", async () => {
    const { open, server, clock } = stage();
    const session = await open({ maxAgeMs: 1_000 });
    const seen = collect(await follow(session));
    delete server.answers.subscribe;
    await clock.advance(900);
    const [old, successor] = server.connections;
    old?.send({ topic: "topic-of-news", data: "still from the old one" });
    await clock.advance(0);
    expect(server.open).toHaveLength(2);
    const [{ id } = {}] = successor?.calls("subscribe") ?? [];
    successor?.send({ id, result: "new" });
    successor?.send({ topic: "new", data: "from the new one" });
    await clock.advance(0);
    expect(seen).toEqual(["still from the old one", "from the new one"]);
    expect(server.open).toEqual([successor]);
  });
});

it("An event on the old connection of a rotation is not lost after the move", async () => {
  const { open, server, clock } = stage();
  const session = await open({ maxAgeMs: 1_000 });
  const seen = collect(await follow(session));
  void session.call("hold", 1);
  await clock.advance(900);
  const [old, successor] = server.connections;
  expect(successor?.calls("subscribe")).toHaveLength(1);
  old?.send({ topic: "topic-of-news", data: "late on the old one" });
  await clock.advance(0);
  expect(seen).toEqual(["late on the old one"]);
});
