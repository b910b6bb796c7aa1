import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, it } from "vitest";
import { slidingWindow, unwrap } from "../../src/index.ts";
import { stall } from "../support/puppet.ts";
import { scene } from "../support/scene.ts";

const peer = "ws://peer.test/path";

describe("the events of an operation", () => {
  it("carry one operationId, also where several have the same correlation id", async () => {
    const { manager, sink, connect } = scene();
    const { connection } = await connect();
    sink.clear();
    await Promise.all([1, 2].map((n) => manager.send(connection, n, { correlationId: "shared" })));
    const called = sink.of("operation-called").map(({ operationId }) => operationId);
    expect(new Set(called).size).toBe(2);
    expect(sink.of("operation-started").map(({ operationId }) => operationId)).toEqual(called);
    expect(sink.of("operation-succeeded").map(({ operationId }) => operationId)).toEqual(called);
  });

  it("begin in the caller's own async context, also where the limiter makes it wait", async () => {
    const where = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const { manager, clock } = scene({
      rateLimiter: slidingWindow({ limit: 1 }),
      onLimit: { wait: 5_000 },
      statsSink: {
        record({ type }) {
          if (type === "operation-called") seen.push(where.getStore());
        },
      },
    });
    const all = ["a", "b"].map((name) => where.run(name, () => manager.connect(peer)));
    await clock.advance(2_000);
    await Promise.all(all);
    expect(seen).toEqual(["a", "b"]);
  });

  it("tell how long each step of a request took, the close included, and the whole of it", async () => {
    const { manager, transport, sink, clock } = scene({
      rateLimiter: slidingWindow({ limit: 4 }),
      onLimit: { wait: 5_000 },
    });
    await manager.request("", 1);
    sink.clear();
    let accept: () => void = () => undefined;
    transport.onOpen = (channel) => {
      channel.answersClose = false;
      return new Promise((resolve) => {
        accept = resolve;
      });
    };
    const asked = manager.request(peer, 1);
    await clock.advance(1_000);
    await clock.advance(30);
    accept();
    await clock.advance(0);
    const { channel } = transport;
    await clock.advance(7);
    channel.deliver("pong");
    await clock.advance(5);
    expect(sink.of("operation-succeeded")).toEqual([]);
    channel.end({ code: 1000, reason: "", clean: true });
    unwrap(await asked);
    const timings = { admission: 1_000, connect: 30, send: 0, receive: 7, close: 5 };
    expect(sink.of("operation-succeeded")).toMatchObject([{ durationMs: 1_042, timings, url: peer }]);
    expect(sink.of("connection-closed")).toMatchObject([{ openMs: 12, url: peer }]);
  });

  it("give the step in which it failed the time that it took", async () => {
    const { manager, transport, sink, clock } = scene();
    transport.onOpen = stall;
    const asked = manager.connect(peer, { timeoutMs: 100 });
    await clock.advance(100);
    await asked;
    expect(sink.of("operation-failed")).toMatchObject([
      { phase: "connect", durationMs: 100, timings: { admission: 0, connect: 100 }, url: peer },
    ]);
  });

  it("name the connection from its start on, and who admitted it", async () => {
    const { manager, sink, connect } = scene();
    const { connection } = await connect();
    sink.clear();
    await manager.send(connection, 1);
    const { id: connectionId } = connection;
    expect(sink.of("operation-started")).toMatchObject([{ connectionId, url: peer, source: "local" }]);
  });

  it("name the operation that dials to the transport", async () => {
    const { manager, transport, sink } = scene();
    await manager.connect(peer);
    expect(transport.channel.request.operationId).toBe(sink.of("operation-called")[0]?.operationId);
  });
});

it("what a limiter decides without its store is counted, admitted or refused", async () => {
  const decision = { limit: 1, remaining: 0, resetAfterMs: 0, source: "fallback" } as const;
  let allowed = true;
  const { manager, sink } = scene({
    rateLimiter: {
      acquire: () => ({ ...decision, allowed }),
      refund: () => undefined,
      usage: () => ({ used: 0, limit: 1, windowMs: 1 }),
      reset: () => undefined,
    },
  });
  await manager.connect(peer);
  allowed = false;
  await manager.connect(peer);
  expect(manager.getStats()).toMatchObject({ rateLimitFallbacksCount: 2, rateLimitedCount: 1 });
  expect(sink.of("operation-started")).toMatchObject([{ source: "fallback" }]);
  expect(sink.of("rate-limited")).toMatchObject([{ source: "fallback" }]);
});
