import { type RateDecision, type RateLimiter, unwrap } from "@outsock/core";
import { type RecordingSink, recordingSink } from "@outsock/core/testing";
import { describe, expect, it } from "vitest";
import type { Session } from "../../src/index.ts";
import { limitedStage } from "../support/accounting-limiter.ts";
import { stage } from "../support/stage.ts";

const granted = {
  allowed: true,
  limit: 10,
  remaining: 9,
  resetAfterMs: 0,
  source: "local",
} as const satisfies RateDecision;

/** A limiter whose decision the test sets. */
function settableLimiter(answer: RateDecision = granted) {
  const said = { answer: (): RateDecision | Promise<RateDecision> => answer, asked: 0 };
  const rateLimiter: RateLimiter = {
    acquire: () => {
      said.asked += 1;
      return said.answer();
    },
    refund: () => undefined,
    usage: () => ({ used: 0, limit: 10, windowMs: 1_000 }),
    reset: () => undefined,
  };
  return { said, rateLimiter };
}

function typesOfCalls(sink: RecordingSink): readonly string[] {
  return sink.events
    .filter((event) => "operation" in event && event.operation === "call")
    .map(({ type }) => type);
}

describe("the timings of a call", () => {
  it("A call records admission, send and receive; a notification only the first two", async () => {
    const sink = recordingSink();
    const { open, clock, server } = stage({ statsSink: sink });
    const session = await open();
    sink.clear();
    const call = session.call("hold", 1);
    await clock.advance(7);
    server.last.send({ id: server.last.received[0]?.id, result: 1 });
    await clock.advance(0);
    unwrap(await call);
    unwrap(await session.notify("note"));
    expect(sink.of("operation-succeeded").map(({ timings }) => timings)).toEqual([
      { admission: 0, send: 0, receive: 7 },
      { admission: 0, send: 0 },
    ]);
  });

  it("A call that is sent again adds up its timings and starts once", async () => {
    const sink = recordingSink();
    const { open, server, clock, manager } = stage({ statsSink: sink });
    const session = await open();
    const before = manager.getStats().totalOperations;
    const call = session.call("hold", 1, { idempotent: true, timeoutMs: 60_000 });
    await clock.advance(7_000);
    server.last.peer.drop();
    await clock.advance(1_000);
    expect(session.state).toBe("ready");
    await clock.advance(300);
    server.last.send({ id: server.last.calls("hold")[0]?.id, result: 1 });
    await clock.advance(0);
    unwrap(await call);
    expect(typesOfCalls(sink)).toEqual(["operation-called", "operation-started", "operation-succeeded"]);
    const [end] = sink.of("operation-succeeded").filter(({ operation }) => operation === "call");
    expect(end).toMatchObject({
      durationMs: 8_300,
      timings: { admission: 1_000, send: 0, receive: 7_300 },
    });
    // The call, and the connection of its second send.
    expect(manager.getStats().totalOperations).toBe(before + 2);
  });

  it("A call that is aborted in the queue records only its admission", async () => {
    const sink = recordingSink();
    const { open, server, clock } = stage({ statsSink: sink });
    const session = await open();
    server.last.peer.drop();
    await clock.advance(1);
    const controller = new AbortController();
    const call = session.call("echo", 1, { signal: controller.signal });
    await clock.advance(100);
    controller.abort();
    expect((await call).error).toMatchObject({ code: "ABORTED", phase: "admission", sent: "no" });
    const [end] = sink.of("operation-failed").filter(({ operation }) => operation === "call");
    expect(end).toMatchObject({ phase: "admission", durationMs: 100 });
    expect(end?.timings).toEqual({ admission: 100 });
  });
});

describe("a call that was started", () => {
  it("If the limiter throws before it is sent again, it is recorded as failed, not as rate limited", async () => {
    const sink = recordingSink();
    const { said, rateLimiter } = settableLimiter();
    const { open, server, clock, manager } = stage({ statsSink: sink, rateLimiter });
    const session = await open();
    const call = session.call("hold", 1, { idempotent: true, timeoutMs: 60_000 });
    await clock.advance(100);
    session.on("gap", () => {
      said.answer = () => {
        throw new Error("no store");
      };
    });
    server.last.peer.drop();
    await clock.advance(10_000);
    expect((await call).error).toMatchObject({ code: "RATE_LIMITED", sent: "maybe" });
    expect(typesOfCalls(sink)).toEqual(["operation-called", "operation-started", "operation-failed"]);
    expect(manager.getStats().rateLimitedCount).toBe(0);
  });

  it("A call that was admitted while its connection ended has not started", async () => {
    const sink = recordingSink();
    const { open, server, clock, limitOf } = limitedStage({ delayMs: 50, limit: 1 }, { statsSink: sink });
    const session = await open({ reserve: 0 });
    const call = session.call("echo", 1, { timeoutMs: 3_000 });
    await clock.advance(25);
    server.last.peer.drop();
    await clock.advance(30);
    expect(limitOf("server.example").refunds).toBe(1);
    // The only permit is taken.
    limitOf("server.example").acquire(1, { now: clock.now() });
    await clock.advance(5_000);
    expect((await call).error?.sent).toBe("no");
    const types = typesOfCalls(sink);
    expect(types).toHaveLength(2);
    expect(types).not.toContain("operation-started");
  });
});

describe("the source of an admission", () => {
  it.each([true, false])("It is recorded when the call starts (queued: %s)", async (queued) => {
    const sink = recordingSink();
    const { said, rateLimiter } = settableLimiter();
    const { open, server, clock, manager } = stage({ statsSink: sink, rateLimiter });
    const session = await open();
    if (queued) {
      server.last.peer.drop();
      await clock.advance(1);
    }
    said.answer = async () => ({ ...granted, source: "fallback" });
    const before = manager.getStats().rateLimitFallbacksCount;
    const call = session.call("echo", 1, { timeoutMs: 20_000 });
    await clock.advance(5_000);
    unwrap(await call);
    expect(sink.of("operation-started").filter(({ operation }) => operation === "call")).toMatchObject([
      { source: "fallback", method: "echo" },
    ]);
    // One more for the reconnection.
    expect(manager.getStats().rateLimitFallbacksCount - before).toBe(queued ? 2 : 1);
  });
});

describe("the connection of a call", () => {
  it.each([true, false])("It is recorded when the call ends (queued: %s)", async (queued) => {
    const sink = recordingSink();
    const { open, server, clock } = stage({ statsSink: sink });
    const session = await open();
    if (queued) server.last.peer.drop();
    await clock.advance(1);
    const call = session.call("echo", 1, { timeoutMs: 20_000 });
    await clock.advance(5_000);
    unwrap(await call);
    const [end] = sink.of("operation-succeeded").filter(({ operation }) => operation === "call");
    const connectionId = sink.of("connection-opened").at(-1)?.connectionId;
    expect(end).toMatchObject({ url: "ws://server.example/", connectionId });
  });

  const home = "ws://server.example/";
  const ofCalls = (sink: RecordingSink) =>
    sink.events.filter(
      (event) => "operation" in event && (event.operation === "call" || event.operation === "notify"),
    );

  it.each([true, false])(
    "Its url is recorded from its start on, whatever is called (queued: %s)",
    async (queued) => {
      for (const make of [
        (session: Session) => session.call("echo", 1, { timeoutMs: 20_000 }),
        (session: Session) => session.notify("echo", 1, { timeoutMs: 20_000 }),
        (session: Session) => session.subscribe("news", 1, { timeoutMs: 20_000 }),
        (session: Session) => session.subscribe("all:news", 1, { timeoutMs: 20_000 }),
      ]) {
        const sink = recordingSink();
        const { open, server, clock } = stage({ statsSink: sink });
        const session = await open({ maxInFlight: 1 });
        if (queued) void session.call("hold", 1, { timeoutMs: 1_000 });
        sink.clear();
        const made = make(session);
        await clock.advance(5_000);
        unwrap(await made);
        const own = ofCalls(sink).filter(({ type }) => type !== "operation-failed");
        expect(own.map((event) => [event.type, "url" in event && event.url])).toEqual([
          ["operation-called", undefined],
          ["operation-started", home],
          ["operation-succeeded", home],
        ]);
        expect(server.connectionCount).toBe(1);
      }
    },
  );

  it("Its url is recorded where it is refused, or ends before it is sent", async () => {
    const sink = recordingSink();
    const { said, rateLimiter } = settableLimiter();
    const { open, clock } = stage({ statsSink: sink, rateLimiter });
    const session = await open({ maxInFlight: 1, maxQueued: 1 });
    void session.call("hold", 1, { timeoutMs: 60_000 });
    const controller = new AbortController();
    const aborted = session.call("echo", 2, { signal: controller.signal });
    sink.clear();
    const full = session.call("echo", 3);
    controller.abort();
    const late = session.call("echo", 4, { timeoutMs: 10 });
    await clock.advance(10);
    const other = await open();
    said.answer = () => ({ ...granted, allowed: false, retryAfterMs: 100 });
    const limited = other.call("echo", 5);
    said.answer = () => {
      throw new Error("no store");
    };
    const broken = other.call("echo", 6);
    const errors = await Promise.all(
      [full, aborted, late, limited, broken].map(async (call) => (await call).error),
    );
    const codes = ["BACKPRESSURE", "ABORTED", "BACKPRESSURE", "RATE_LIMITED", "RATE_LIMITED"];
    expect(errors.map((error) => error?.code)).toEqual(codes);
    expect(errors[0]?.message).toContain("1 operations wait already (maxQueued)");
    const ends = ofCalls(sink).filter(({ type }) => type === "operation-failed" || type === "rate-limited");
    expect(ends.map((event) => "url" in event && event.url)).toEqual(codes.map(() => home));
  });

  it("A call that was queued for one server and has no connection left records the last attempt", async () => {
    const sink = recordingSink();
    const { open, server, clock } = stage({ statsSink: sink });
    const session = await open({ maxInFlight: 1 });
    void session.call("hold", 1, { timeoutMs: 60_000 });
    const call = session.call("echo", 2, { timeoutMs: 3_000 });
    await clock.advance(1);
    server.goDown();
    server.last.send({ goAway: "ws://other.example" });
    await clock.advance(3_000);
    const { error } = await call;
    const ends = sink
      .of("operation-failed")
      .filter(({ correlationId }) => correlationId === error?.correlationId);
    expect(ends).toMatchObject([{ code: "CONNECT_TIMEOUT", url: error?.url }]);
    expect(error).not.toHaveProperty("connectionId");
  });

  it("The url is that of the server it was sent to, even if it was admitted for another", async () => {
    const sink = recordingSink();
    const { open, server, clock, network } = limitedStage({ delayMs: 2_000 }, { statsSink: sink });
    network.listen("ws://other.example", (peer) =>
      peer.onMessage((message) => {
        peer.send(JSON.stringify({ id: JSON.parse(String(message)).id, result: "here" }));
      }),
    );
    const session = await open();
    const call = session.call("echo", 1, { timeoutMs: 60_000 });
    await clock.advance(1);
    server.last.send({ goAway: "ws://other.example" });
    await clock.advance(10_000);
    expect((await call).data?.response).toBe("here");
    const [start] = sink.of("operation-started").filter(({ operation }) => operation === "call");
    expect(start?.url).toBe("ws://other.example/");
    const [end] = sink.of("operation-succeeded").filter(({ operation }) => operation === "call");
    expect(end?.url).toBe("ws://other.example/");
  });

  it("A call that found no connection records the url of the last attempt", async () => {
    const sink = recordingSink();
    const { open, server, clock } = stage({ statsSink: sink });
    const session = await open();
    server.goDown();
    await clock.advance(0);
    const call = session.call("echo", 1, { timeoutMs: 3_000 });
    await clock.advance(3_000);
    expect((await call).error).toMatchObject({ code: "CONNECT_TIMEOUT", url: "ws://server.example/" });
    const [end] = sink.of("operation-failed").filter(({ operation }) => operation === "call");
    expect(end).toMatchObject({ url: "ws://server.example/", code: "CONNECT_TIMEOUT" });
  });
});

describe("the limiter's decision about a queued call", () => {
  const queued = async (answer: () => RateDecision) => {
    const { said, rateLimiter } = settableLimiter();
    const staged = stage({ rateLimiter });
    const session = await staged.open();
    staged.server.last.peer.drop();
    await staged.clock.advance(1);
    session.on("gap", () => {
      said.answer = answer;
    });
    const call = session.call("echo", 1, { timeoutMs: 20_000 });
    return { ...staged, said, session, call };
  };

  it("A call that can never be admitted is refused as not retryable", async () => {
    const { clock, call } = await queued(() => ({ ...granted, allowed: false }));
    await clock.advance(5_000);
    expect((await call).error).toMatchObject({ code: "RATE_LIMITED", retryable: false, sent: "no" });
  });

  it("A limiter that refuses with retryAfterMs 0 is asked once a millisecond", async () => {
    let refusals = 0;
    const { clock, call, said, server } = await queued(() => {
      refusals += 1;
      return refusals > 200 ? granted : { ...granted, allowed: false, retryAfterMs: 0 };
    });
    await clock.advance(998);
    said.asked = 0;
    await clock.advance(20);
    expect(said.asked).toBeLessThan(25);
    await clock.advance(1_000);
    expect((await call).data?.response).toBe(1);
    expect(server.allReceived("echo")).toHaveLength(1);
  });
});
