import { getEventListeners } from "node:events";
import { unwrap } from "@outsock/core";
import { describe, expect, it } from "vitest";
import type { StandardSchema, SubscribeOptions } from "../../src/index.ts";
import { stage } from "../support/stage.ts";
import { collect, follow, takeAll } from "../support/subscribing.ts";

describe("the end of a subscription", () => {
  it("close, leaving the loop and await using unsubscribe at the server", async () => {
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

  it("An unsubscribe that could not be sent is not sent on the next connection, which has other topics", async () => {
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

  it("A signal ends the loop and unsubscribes", async () => {
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

  it("A subscription closed while it is being confirmed is unsubscribed after the confirmation", async () => {
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

  it("The end of the session ends the loop, or throws if the session failed", async () => {
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

  it("A closed session starts no subscription", async () => {
    const { open } = stage();
    const session = await open();
    await session.close();
    expect((await session.subscribe("news")).error?.code).toBe("DISPOSED");
    expect((await session.subscribe("all:news")).error?.code).toBe("DISPOSED");
  });
});

describe("a reader that is slower than the server", () => {
  const flood = async (options: SubscribeOptions, count = 5) => {
    const staged = stage();
    const session = await staged.open();
    const subscription = await follow(session, "news", { maxEvents: 3, ...options });
    for (let data = 0; data < count; data += 1) staged.server.last.send({ topic: "topic-of-news", data });
    await staged.clock.advance(0);
    return { ...staged, session, subscription };
  };

  it("It gets the buffered events and then INBOX_OVERFLOW, and the session continues", async () => {
    const { subscription, session, server, clock } = await flood({});
    const seen: unknown[] = [];
    await expect(takeAll(subscription, seen)).rejects.toMatchObject({ code: "INBOX_OVERFLOW" });
    expect(seen).toEqual([0, 1, 2]);
    await clock.advance(0);
    expect(server.last.calls("unsubscribe")).toHaveLength(1);
    expect((await session.call("echo", 1)).success).toBe(true);
  });

  it("With drop-oldest it gets the latest events, and the dropped ones are counted", async () => {
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

  it("With pause the connection is not read, and it gets every event", async () => {
    const { subscription, server, session, clock } = await flood({ overflow: "pause" }, 3);
    for (let data = 3; data < 40; data += 1) server.last.send({ topic: "topic-of-news", data });
    await clock.advance(0);
    expect(server.last.peer.unsentBytes).toBeGreaterThan(0);
    const seen = collect(subscription);
    await clock.advance(0);
    expect(seen).toEqual(Array.from({ length: 40 }, (_, n) => n));
    expect((await session.call("echo", 1)).success).toBe(true);
  });

  it("With pause, closing the subscription resumes reading", async () => {
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

it("A subscription's JSON contains none of its params, and its end is no failed operation", async () => {
  const { open, manager } = stage();
  const session = await open();
  const { data } = await session.subscribe("news", { token: "hunter2" });
  expect(JSON.parse(JSON.stringify(data?.subscription))).toEqual({ state: "active", droppedCount: 0 });
  await session.close();
  expect(manager.getStats().errorsCount).toBe(0);
});

it("Two slow readers pause a connection until both have caught up", async () => {
  const { open, server, clock } = stage();
  const session = await open();
  const [one, other] = await Promise.all(
    ["all:a", "all:b"].map(async (method) =>
      unwrap(await session.subscribe(method, undefined, { overflow: "pause", maxEvents: 2 })),
    ),
  );
  // One message, so that the second reader falls behind although the connection is paused.
  server.last.send(["a", "a", "b", "b"].map((topic) => ({ kind: "event", topic, data: 1 })));
  await clock.advance(0);
  server.last.send({ topic: "else", data: 1 });
  await clock.advance(0);
  await one?.subscription.close();
  await clock.advance(0);
  expect(server.last.peer.unsentBytes).toBeGreaterThan(0);
  await other?.subscription.close();
  await clock.advance(0);
  expect(server.last.peer.unsentBytes).toBe(0);
});

it("A closed subscription discards its buffered events", async () => {
  const { open, server, clock } = stage();
  const subscription = await follow(await open());
  for (const data of [1, 2]) server.last.send({ topic: "topic-of-news", data });
  await clock.advance(0);
  await subscription.close();
  for await (const event of subscription) expect(event).toBe("nothing");
});

it("A subscription that cannot start leaves no listener on the signal", async () => {
  const { open } = stage();
  const session = await open();
  await session.close();
  for (const method of ["news", "all:news"]) {
    const { signal } = new AbortController();
    expect((await session.subscribe(method, undefined, { signal })).error?.code).toBe("DISPOSED");
    expect(getEventListeners(signal, "abort")).toEqual([]);
  }
});

describe("a read whose event the schema never finishes with", () => {
  const validate = () => new Promise<never>(() => undefined);
  const schema: StandardSchema = { "~standard": { version: 1, vendor: "test", validate } };

  it.each([
    "when it is closed",
    "when its signal is aborted",
    "when it is closed after its session",
    "when it is closed after its session was lost",
  ])("The loop ends %s", async (how) => {
    const { open, server, clock } = stage();
    const session = await open({ reconnect: false });
    const controller = new AbortController();
    const subscription = await follow(session, "news", { schema, signal: controller.signal });
    const events = subscription[Symbol.asyncIterator]();
    // One waits for its event, the other one finds it in the buffer.
    const reads = [events.next()];
    for (const n of [1, 2]) server.last.send({ topic: "topic-of-news", data: n });
    await clock.advance(0);
    reads.push(events.next());
    if (how.endsWith("session")) void session.close();
    if (how.endsWith("lost")) server.last.peer.drop();
    await clock.advance(10_000);
    if (how.endsWith("aborted")) controller.abort();
    else void subscription.close();
    expect(await Promise.all(reads)).toEqual(reads.map(() => ({ done: true, value: undefined })));
  });
});
