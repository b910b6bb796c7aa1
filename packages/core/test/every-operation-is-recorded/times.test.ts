import { describe, expect, it } from "vitest";
import { type RateDecision, serverLimits, slidingWindow, unwrap } from "../../src/index.ts";
import { internalsOf } from "../../src/internal.ts";
import { manualClock } from "../../src/testing.ts";
import { granted, held, saying } from "../support/limiters.ts";
import { scene } from "../support/scene.ts";

const peer = "ws://peer.test/path";

describe("the times that events tell", () => {
  it("are when it was called, when it was admitted and when it ended", async () => {
    const rateLimiter = held(slidingWindow());
    const { manager, transport, sink, clock } = scene({ rateLimiter });
    transport.onOpen = () => new Promise((resolve) => clock.schedule(7, resolve));
    const connecting = manager.connect(peer);
    await clock.advance(30);
    await rateLimiter.answer();
    await clock.advance(7);
    unwrap(await connecting);
    expect(sink.events.filter((event) => "atMs" in event)).toMatchObject([
      { type: "operation-called", startedAtMs: 1_000, atMs: 1_000 },
      { type: "operation-started", startedAtMs: 1_000, atMs: 1_030 },
      {
        type: "operation-succeeded",
        startedAtMs: 1_000,
        atMs: 1_037,
        durationMs: 37,
        timings: { admission: 30, connect: 7 },
      },
    ]);
  });

  it("of a refusal are when it came", async () => {
    const rateLimiter = held(saying(() => ({ ...granted, allowed: false, retryAfterMs: 5 })));
    const { manager, sink, clock } = scene({ rateLimiter });
    const connecting = manager.connect(peer);
    await clock.advance(30);
    await rateLimiter.answer();
    await connecting;
    expect(sink.of("rate-limited")).toMatchObject([
      { startedAtMs: 1_000, atMs: 1_030, durationMs: 30, timings: { admission: 30 }, retryAfterMs: 5 },
    ]);
  });

  it("are never below nothing, also where the clock goes back", async () => {
    const ahead = manualClock(10_000);
    let backMs = 0;
    const clock = { ...ahead, now: () => ahead.now() - backMs, schedule: ahead.schedule.bind(ahead) };
    const { manager, sink } = scene({ clock });
    const connecting = manager.connect(peer);
    backMs = 500;
    await connecting;
    expect(sink.of("operation-succeeded")).toMatchObject([
      { durationMs: 0, timings: { admission: 0, connect: 0 } },
    ]);
  });
});

describe("the steps that an operation came to", () => {
  it("of a send are its admission and its sending", async () => {
    const { manager, sink, connect } = scene();
    const { connection } = await connect();
    sink.clear();
    await manager.send(connection, 1);
    expect(sink.of("operation-succeeded")[0]?.timings).toEqual({ admission: 0, send: 0 });
  });

  it("of a close are its admission and its closing", async () => {
    const { manager, sink, clock, connect } = scene();
    const { connection, channel } = await connect();
    sink.clear();
    channel.answersClose = false;
    const closing = manager.close(connection);
    await clock.advance(5);
    channel.end({ code: 1000, reason: "", clean: true });
    await closing;
    expect(sink.of("operation-succeeded")[0]?.timings).toEqual({ admission: 0, close: 5 });
  });

  it.each([
    ["call", { admission: 3, send: 4, receive: 5 }],
    ["notify", { admission: 3, send: 9 }],
  ] as const)("of a %s end with what it succeeds in, and add up", async (name, timings) => {
    const { manager, sink, clock } = scene();
    const operation = internalsOf(manager).begin(name, undefined, "method");
    await clock.advance(3);
    operation.start("local");
    await clock.advance(4);
    if (name === "call") operation.passed("send");
    await clock.advance(5);
    operation.succeed({});
    expect(sink.of("operation-succeeded")).toMatchObject([{ durationMs: 12, method: "method" }]);
    expect(sink.of("operation-succeeded")[0]?.timings).toEqual(timings);
  });

  it("are added up where it comes to one of them again", async () => {
    const { manager, sink, clock } = scene();
    const operation = internalsOf(manager).begin("call", undefined);
    for (const phase of ["admission", "send", "receive", "admission", "send"] as const) {
      await clock.advance(10);
      operation.passed(phase);
    }
    await clock.advance(10);
    operation.succeed({});
    expect(sink.of("operation-succeeded")[0]).toMatchObject({
      durationMs: 60,
      timings: { admission: 20, send: 20, receive: 20 },
    });
  });
});

describe("a request that failed", () => {
  it("is told when its connection is closed, with the time that this took", async () => {
    const { manager, transport, sink, clock } = scene();
    transport.onOpen = (channel) => {
      channel.reportsTerminate = false;
    };
    const asking = manager.request(peer, 1, { timeoutMs: 100 });
    await clock.advance(100);
    expect(transport.channel.calls).toEqual(["terminate"]);
    await clock.advance(20);
    expect(sink.of("operation-failed")).toEqual([]);
    transport.channel.end({ code: 1006, reason: "", clean: false });
    expect((await asking).error?.code).toBe("RECEIVE_TIMEOUT");
    expect(sink.events.at(-1)).toMatchObject({
      type: "operation-failed",
      code: "RECEIVE_TIMEOUT",
      phase: "receive",
      durationMs: 120,
      timings: { admission: 0, connect: 0, send: 0, receive: 100, close: 20 },
    });
    expect(sink.of("operation-failed")).toHaveLength(1);
    expect(manager.getStats().errorsCount).toBe(1);
  });
});

describe("where an operation went", () => {
  it("comes from a failure that knows it, and stays if the failure does not", async () => {
    const { manager, sink, connect } = scene();
    const { connection } = await connect();
    internalsOf(manager).begin("call", undefined).fail("CONNECT_TIMEOUT", "connect", "none", { url: peer });
    await manager.send(connection, 1n);
    await manager.send(connection, 1, { signal: AbortSignal.abort() });
    expect(sink.of("operation-failed")).toMatchObject([
      { code: "CONNECT_TIMEOUT", url: peer },
      { code: "SERIALIZE_FAILED", url: peer, connectionId: connection.id },
      { code: "ABORTED", url: peer, connectionId: connection.id },
    ]);
  });

  it("is told also where it was refused, with its connection", async () => {
    const { manager, sink, connect } = scene({
      limits: serverLimits({ message: () => slidingWindow({ limit: 1 }) }),
    });
    const { connection } = await connect();
    await manager.send(connection, 1);
    const { error } = await manager.send(connection, 2);
    expect(error?.connectionId).toBe(connection.id);
    expect(sink.of("rate-limited")).toMatchObject([{ connectionId: connection.id, url: peer }]);
  });
});

describe("the decisions that are counted as made without the store", () => {
  it.each(["local", "remote"] as const)("are not those that are %s", async (source) => {
    const answers: RateDecision[] = [
      { ...granted, source },
      { ...granted, source, allowed: false, retryAfterMs: 5 },
    ];
    const { manager, sink } = scene({ rateLimiter: saying(() => answers.shift() ?? granted) });
    await manager.connect(peer);
    await manager.connect(peer);
    expect(manager.getStats()).toMatchObject({ rateLimitFallbacksCount: 0, rateLimitedCount: 1 });
    expect([sink.of("operation-started")[0]?.source, sink.of("rate-limited")[0]?.source]).toEqual([
      source,
      source,
    ]);
  });
});
