import { slidingWindow } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Session, SubscribeOptions, Subscription } from "../src/index.ts";
import { stage } from "./support/stage.ts";

async function follow(
  session: Session,
  method = "news",
  options: SubscribeOptions = {},
): Promise<Subscription> {
  const { data } = await session.subscribe(method, undefined, options);
  if (data === undefined) throw new Error("not subscribed");
  return data.subscription;
}

/** As a loop of which nobody wants to know how it ends. */
function collect(subscription: Subscription): unknown[] {
  const seen: unknown[] = [];
  takeAll(subscription, seen).catch(() => undefined);
  return seen;
}

async function takeAll(subscription: Subscription, into: unknown[]): Promise<void> {
  for await (const event of subscription) into.push(event);
}

describe("a subscription", () => {
  it("gives the events of its topic in their order, and leaves the others to the session", async () => {
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

  it("misses no event that comes before the server has answered", async () => {
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

  it("survives a lost connection: it is made anew once, and a gap is told", async () => {
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

  it("is made anew once also where the connection is lost while it is made anew", async () => {
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

  it("goes before the calls that wait, and is not refused because they are many", async () => {
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

  it("is not given up where a slow server or a long line takes more than a call's time", async () => {
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

  it("that the server does not want any more ends with the server's error", async () => {
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

  it("fails where the server refuses it, or answers what names none", async () => {
    const { open, server } = stage();
    const session = await open();
    server.answers.subscribe = () => ({ error: { code: 9, message: "full" } });
    expect((await session.subscribe("news")).error).toMatchObject({ code: "REMOTE_ERROR", sent: "yes" });
    server.answers.subscribe = () => ({ result: { odd: true } });
    expect((await session.subscribe("news")).error).toMatchObject({ code: "INVALID_RESPONSE", sent: "yes" });
    expect(session.getStats().subscriptions).toBe(0);
  });

  it("moves with a rotation, and misses nothing that either connection carries", async () => {
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

it("an event that the old connection of a rotation carries after the move is not lost", async () => {
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

it("a subscription shows nothing of its params, and ends without a failed operation", async () => {
  const { open, manager } = stage();
  const session = await open();
  const { data } = await session.subscribe("news", { token: "hunter2" });
  expect(JSON.parse(JSON.stringify(data?.subscription))).toEqual({ state: "active", droppedCount: 0 });
  await session.close();
  expect(manager.getStats().errorsCount).toBe(0);
});

it("a schema that quotes the value is quoted in the cause alone", async () => {
  const { open } = stage();
  const session = await open();
  const issues = [{ message: 'Expected number but received "hunter2"', path: ["pin"] }];
  const schema = { "~standard": { version: 1 as const, vendor: "test", validate: () => ({ issues }) } };
  const { error } = await session.call("echo", { pin: "hunter2" }, { schema });
  expect(error?.message).toContain("at pin");
  expect(error?.message).not.toContain("hunter2");
  expect(JSON.stringify(error)).not.toContain("hunter2");
  expect(String(error?.cause)).toContain("Expected number");
});

describe("the end of a subscription", () => {
  it("is told to the server: by close, by leaving the loop, by the end of a block", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const closed = await follow(session);
    await closed.close();
    server.answers.subscribe = () => ({ result: "T" });
    const left = await follow(session);
    server.last.send({ topic: "T", data: 1 });
    await clock.advance(0);
    for await (const event of left) {
      expect(event).toBe(1);
      break;
    }
    {
      await using block = await follow(session);
      expect(block.state).toBe("active");
    }
    await clock.advance(0);
    expect(server.last.calls("unsubscribe").map(({ params }) => params)).toEqual([
      { topic: "topic-of-news" },
      { topic: "T" },
      { topic: "T" },
    ]);
    expect([closed.state, left.state, session.getStats().subscriptions]).toEqual(["ended", "ended", 0]);
  });

  it("that could not be told in time is not told to the next connection, whose topics are others", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const subscription = await follow(session);
    server.last.send({ slowDownMs: 500 });
    await clock.advance(0);
    const closed = subscription.close();
    server.last.peer.drop();
    await clock.advance(5_000);
    await closed;
    expect(server.connectionCount).toBe(2);
    expect(server.allReceived("unsubscribe")).toEqual([]);
  });

  it("by a signal ends the loop", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const controller = new AbortController();
    const subscription = await follow(session, "news", { signal: controller.signal });
    const loop = takeAll(subscription, []);
    controller.abort();
    await loop;
    await clock.advance(0);
    expect(server.last.calls("unsubscribe")).toHaveLength(1);
  });

  it("while the server is agreeing is told to it as soon as it has", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const subscription = await follow(session);
    delete server.answers.subscribe;
    server.last.peer.drop();
    await clock.advance(1_000);
    await subscription.close();
    const [{ id } = {}] = server.last.calls("subscribe");
    server.last.send({ id, result: "late" });
    await clock.advance(0);
    expect(server.last.calls("unsubscribe")).toMatchObject([{ params: { topic: "late" } }]);
    expect(session.getStats().inFlight).toBe(0);
  });

  it("comes with the session's: the loop ends, or throws where the session failed", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const loop = takeAll(await follow(session), []);
    await session.close();
    await loop;
    const failing = await open();
    const failed = takeAll(await follow(failing), []);
    server.last.peer.close(4001);
    const expected = expect(failed).rejects.toMatchObject({ code: "CONNECTION_CLOSED", closeCode: 4001 });
    await clock.advance(0);
    await expected;
  });

  it("on a closed session cannot come, as there is no beginning", async () => {
    const { open } = stage();
    const session = await open();
    await session.close();
    expect((await session.subscribe("news")).error?.code).toBe("DISPOSED");
    expect((await session.subscribe("all:news")).error?.code).toBe("DISPOSED");
  });
});

describe("a loop that is slower than the server", () => {
  const flood = async (options: SubscribeOptions, count = 5) => {
    const staged = stage();
    const session = await staged.open();
    const subscription = await follow(session, "news", { maxEvents: 3, ...options });
    for (let data = 0; data < count; data += 1) staged.server.last.send({ topic: "topic-of-news", data });
    await staged.clock.advance(0);
    return { ...staged, session, subscription };
  };

  it("gets what was kept and then INBOX_OVERFLOW, and the session goes on", async () => {
    const { subscription, session, server, clock } = await flood({});
    const seen: unknown[] = [];
    await expect(takeAll(subscription, seen)).rejects.toMatchObject({ code: "INBOX_OVERFLOW" });
    expect(seen).toEqual([0, 1, 2]);
    await clock.advance(0);
    expect(server.last.calls("unsubscribe")).toHaveLength(1);
    expect((await session.call("echo", 1)).success).toBe(true);
  });

  it("under drop-oldest gets the latest, and the others are counted", async () => {
    const { subscription, session } = await flood({ overflow: "drop-oldest" });
    const events = subscription[Symbol.asyncIterator]();
    expect([await events.next(), await events.next(), await events.next()]).toMatchObject([
      { value: 2 },
      { value: 3 },
      { value: 4 },
    ]);
    expect(subscription.droppedCount).toBe(2);
    await session.close();
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });

  it("under pause holds the server back, and gets everything", async () => {
    const { subscription, server, session, clock } = await flood({ overflow: "pause" }, 3);
    for (let data = 3; data < 40; data += 1) server.last.send({ topic: "topic-of-news", data });
    await clock.advance(0);
    expect(server.last.peer.unsentBytes).toBeGreaterThan(0);
    const seen = collect(subscription);
    await clock.advance(0);
    expect(seen).toEqual(Array.from({ length: 40 }, (_, n) => n));
    expect((await session.call("echo", 1)).success).toBe(true);
  });

  it("that is left under pause lets the session read on", async () => {
    const { subscription, session, clock } = await flood({ overflow: "pause" }, 10);
    const call = session.call("echo", 1);
    await clock.advance(0);
    expect(session.getStats().inFlight).toBe(1);
    const closed = subscription.close();
    await clock.advance(0);
    await closed;
    expect((await call).success).toBe(true);
  });
});

describe("a schema", () => {
  const point = z.object({ x: z.coerce.number() });

  it("gives each event its type, and ends the subscription where one does not fit", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const { data } = await session.subscribe("news", undefined, { schema: point });
    const events = data?.subscription[Symbol.asyncIterator]();
    server.last.send({ topic: "topic-of-news", data: { x: "5", y: 1 } });
    server.last.send({ topic: "topic-of-news", data: { x: "hunter2" } });
    await clock.advance(0);
    expect((await events?.next())?.value.x).toBe(5);
    const failure = await events?.next().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "INVALID_RESPONSE" });
    expect(String(failure)).toContain("x");
    expect(String(failure)).not.toContain("hunter2");
    expect(data?.subscription.state).toBe("ended");
  });

  it("may take its time, and the events stay in order", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const slow = z.number().transform(async (n) => n * 2);
    const { data } = await session.subscribe("news", undefined, { schema: slow });
    for (const n of [1, 2, 3]) server.last.send({ topic: "topic-of-news", data: n });
    await clock.advance(0);
    const events = data?.subscription[Symbol.asyncIterator]();
    expect([await events?.next(), await events?.next(), await events?.next()]).toMatchObject([
      { value: 2 },
      { value: 4 },
      { value: 6 },
    ]);
  });

  it("checks a call's response and gives it its type", async () => {
    const { open } = stage();
    const session = await open();
    const good = await session.call("echo", { x: "7", z: 1 }, { schema: point });
    expect(good.data?.response.x).toBe(7);
    const bad = await session.call("echo", { x: "hunter2" }, { schema: point });
    expect(bad.error).toMatchObject({
      code: "INVALID_RESPONSE",
      phase: "receive",
      sent: "yes",
      retryable: false,
    });
    expect(bad.error?.message).toContain("at x");
    expect(JSON.stringify(bad.error)).not.toContain("hunter2");
  });

  it.each([undefined, 5, null, { issues: 5 }])(
    "that answers %j is a failure, and the session goes on",
    async (junk) => {
      const { open, server, clock } = stage();
      const session = await open();
      for (const outcome of [junk, Promise.resolve(junk)]) {
        const validate = (value: unknown): { value: unknown } => ({ value });
        const schema = { "~standard": { version: 1 as const, vendor: "test", validate } };
        Object.assign(schema["~standard"], { validate: () => outcome });
        expect((await session.call("echo", 1, { schema })).error?.code).toBe("INVALID_RESPONSE");
        const { data } = await session.subscribe("news", undefined, { schema });
        server.last.send({ topic: "topic-of-news", data: 1 });
        await clock.advance(0);
        const next = data?.subscription[Symbol.asyncIterator]().next();
        await expect(next).rejects.toMatchObject({ code: "INVALID_RESPONSE" });
      }
      expect((await session.call("echo", 2)).data?.response).toBe(2);
    },
  );

  it("that throws, or never answers, is a failure within the deadline", async () => {
    const { open, clock } = stage();
    const session = await open();
    const schema = (validate: () => never | Promise<never>) => ({
      "~standard": { version: 1 as const, vendor: "test", validate },
    });
    const cause = new Error("broken schema");
    const thrown = await session.call("echo", 1, {
      schema: schema(() => {
        throw cause;
      }),
    });
    expect(thrown.error).toMatchObject({ code: "INVALID_RESPONSE", cause });
    const hanging = session.call("echo", 1, {
      schema: schema(() => new Promise(() => undefined)),
      timeoutMs: 200,
    });
    await clock.advance(200);
    expect((await hanging).error).toMatchObject({ code: "RECEIVE_TIMEOUT" });
  });
});
