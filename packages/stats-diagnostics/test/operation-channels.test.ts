import { AsyncLocalStorage } from "node:async_hooks";
import { tracingChannel } from "node:diagnostics_channel";
import { type CountedName, type StatsEvent, slidingWindow, unwrap } from "@outsock/core";
import { afterEach, describe, expect, it } from "vitest";
import { diagnosticsStats } from "../src/index.ts";
import { collect, collectPlain, scene, server, unsubscribeAll, url } from "./support/scene.ts";

afterEach(unsubscribeAll);

describe("an operation that succeeds", () => {
  it("is published in the order of tracePromise, with one object", async () => {
    const published = collect("request");
    const { manager } = scene();
    await manager.request(url, "hello");
    expect(published.map(({ step }) => step)).toEqual(["start", "end", "asyncStart", "asyncEnd"]);
    expect(new Set(published.map(({ context }) => context)).size).toBe(1);
  });

  it("has the known fields at its start, and all at its end", async () => {
    const published = collect("receive");
    const { manager, clock } = scene();
    const { connection } = unwrap(await manager.connect(url));
    const pending = manager.receive(connection, { correlationId: "order-66" });
    await clock.advance(1_500);
    await manager.send(connection, "hello");
    await pending;
    const called = { operation: "receive", operationId: expect.any(Number), correlationId: "order-66" };
    expect(published[0]?.seen).toEqual(called);
    expect(published.at(-1)?.seen).toEqual({
      ...called,
      ...server,
      connectionId: expect.stringMatching(/-c1$/),
      source: "local",
      durationMs: 1_500,
      timings: { admission: 0, receive: 1_500 },
    });
  });
});

describe("an operation that fails", () => {
  it("is published as an error and as ended, in the order of tracePromise", async () => {
    const published = collect("request");
    const { manager } = scene();
    await manager.request("ws://nobody.example.com:8080/x?token=hush", "hello");
    expect(published.map(({ step }) => step)).toEqual(["start", "end", "error", "asyncStart", "asyncEnd"]);
    expect(new Set(published.map(({ context }) => context)).size).toBe(1);
    const { error, ...rest } = published.at(-1)?.seen ?? {};
    expect(rest).toMatchObject({
      serverAddress: "nobody.example.com",
      serverPort: 8080,
      errorCode: "CONNECT_FAILED",
      phase: "connect",
    });
    expect(error).toBeInstanceOf(Error);
    expect(error?.code).toBe("CONNECT_FAILED");
    expect(error?.message).toBe("request failed with CONNECT_FAILED");
  });

  it("because the rate limiter refused it has the time to retry after, also on a separate channel", async () => {
    const { clock } = scene();
    const rateLimiter = slidingWindow({ limit: 4, windowMs: 1_000, clock });
    const { manager } = scene({ rateLimiter, clock });
    const published = collect("request");
    const refusals = collectPlain("outsock:rate-limited");
    await manager.request(url, "hello");
    await manager.request(url, "hello", { correlationId: "second" });
    const refused = published.filter(({ seen }) => seen.correlationId === "second");
    expect(refused.map(({ step }) => step)).toEqual(["start", "end", "error", "asyncStart", "asyncEnd"]);
    expect(refused.at(-1)?.seen).toMatchObject({
      errorCode: "RATE_LIMITED",
      phase: "admission",
      retryAfterMs: 1_000,
      source: "local",
      error: { code: "RATE_LIMITED" },
    });
    expect(refusals).toEqual([
      {
        operation: "request",
        operationId: expect.any(Number),
        correlationId: "second",
        source: "local",
        retryAfterMs: 1_000,
      },
    ]);
  });

  it("before it was admitted is ended too", async () => {
    const published = collect("request");
    const { manager } = scene();
    await manager.request(url, "hello", { signal: AbortSignal.abort() });
    expect(published.at(-1)).toMatchObject({ step: "asyncEnd", seen: { errorCode: "ABORTED" } });
  });
});

it("each operation has its own channels", async () => {
  const names = ["connect", "send", "receive", "close", "request", "reset"] as const;
  const published = names.map((name) => ({ name, events: collect(name) }));
  const { manager } = scene();
  const { connection } = unwrap(await manager.connect(url));
  await manager.send(connection, "hello");
  await manager.receive(connection);
  await manager.close(connection);
  await manager.request(url, "hello");
  await manager.reset();
  for (const { name, events } of published) {
    expect(events.map(({ step }) => step)).toEqual(["start", "end", "asyncStart", "asyncEnd"]);
    expect(new Set(events.map(({ seen }) => seen.operation))).toEqual(new Set([name]));
  }
});

it.each<CountedName>(["call", "notify"])("a session's %s has channels too", (operation) => {
  const published = collect(operation);
  const sink = diagnosticsStats();
  const of = {
    operation,
    operationId: 1,
    correlationId: "c",
    startedAtMs: 0,
    atMs: 0,
    url: "ws://[::1]:81/",
  };
  const events: StatsEvent[] = [
    { ...of, type: "operation-called" },
    { ...of, type: "operation-started", source: "remote" },
    { ...of, type: "operation-succeeded", durationMs: 3, timings: { send: 1, receive: 2 } },
  ];
  for (const event of events) sink.record(event);
  expect(published.at(-1)?.seen).toEqual({
    operation,
    operationId: 1,
    correlationId: "c",
    serverAddress: "::1",
    serverPort: 81,
    source: "remote",
    durationMs: 3,
    timings: { send: 1, receive: 2 },
  });
});

it("the start is published in the caller's async context", async () => {
  const store = new AsyncLocalStorage<string>();
  const { manager } = scene();
  const stores: unknown[] = [];
  const channel = tracingChannel("outsock:request");
  const start = () => stores.push(store.getStore());
  channel.start.subscribe(start);
  try {
    await store.run("caller", () => manager.request(url, "hello"));
    expect(stores).toEqual(["caller"]);
  } finally {
    channel.start.unsubscribe(start);
  }
});

it("a store bound to a start is not entered, as documented", async () => {
  const store = new AsyncLocalStorage<unknown>();
  const { manager } = scene();
  const channel = tracingChannel("outsock:request");
  const stores: unknown[] = [];
  const start = () => stores.push(store.getStore());
  channel.start.bindStore(store, () => "bound");
  channel.start.subscribe(start);
  try {
    await manager.request(url, "hello");
    expect(stores).toEqual([undefined]);
  } finally {
    channel.start.unsubscribe(start);
    channel.start.unbindStore(store);
  }
});

it("no published message contains a payload, a header, a path or a query", async () => {
  const operations = ["connect", "send", "receive", "close", "request", "reset"].map(collect);
  const plain = ["opened", "closed"].map((what) => collectPlain(`outsock:connection-${what}`));
  const messages = ["sent", "received", "dropped"].map((what) => collectPlain(`outsock:message-${what}`));
  const { manager } = scene();
  const { connection } = unwrap(await manager.connect(url, { headers: { authorization: "Bearer hush" } }));
  await manager.send(connection, "payload");
  await manager.receive(connection);
  await manager.close(connection, { code: 4_000, reason: "a secret reason" });
  await manager.request("ws://nobody.example.com/v1/secret?hush", "payload");
  const all = [...operations.flat().map(({ seen }) => seen), ...plain.flat(), ...messages.flat()];
  expect(all.length).toBeGreaterThan(20);
  const text = JSON.stringify(all.map((one) => ({ ...Object(one), stack: Object(one).error?.message })));
  expect(text).not.toMatch(/hush|secret|payload|Bearer|v1/);
});
