import { getEventListeners } from "node:events";
import type { RateLimiter, Result } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { stage } from "../support/stage.ts";
import { testProtocol } from "../support/test-protocol.ts";

describe("a call", () => {
  it("A call returns the server's result, with the caller's correlation id or a generated one", async () => {
    const { open } = stage();
    const session = await open();
    const given = await session.call("echo", { a: 1 }, { correlationId: "mine" });
    expect(given).toEqual({ success: true, data: { response: { a: 1 }, correlationId: "mine" } });
    expect((await session.call("echo")).data?.correlationId).toMatch(/.-\d+$/);
  });

  it("Each call gets its own answer, whatever the order of the answers", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const calls = ["a", "b", "c"].map((name) => session.call("hold", name));
    await clock.advance(0);
    for (const { id, params } of [...server.last.received].reverse())
      server.last.send({ id, result: params });
    expect((await Promise.all(calls)).map(({ data }) => data?.response)).toEqual(["a", "b", "c"]);
  });

  it("Thousands of calls share one connection", async () => {
    const { open, server } = stage({ rateLimiter: generous() });
    const session = await open({ maxInFlight: 10_000 });
    const calls = Array.from({ length: 5_000 }, (_, n) => session.call("echo", n));
    expect(session.getStats().inFlight).toBe(5_000);
    const answers = await Promise.all(calls);
    expect(answers.every(({ data }, n) => data?.response === n)).toBe(true);
    expect(server.connectionCount).toBe(1);
    expect(session.getStats()).toMatchObject({
      callsCount: 5_000,
      repliesCount: 5_000,
      inFlight: 0,
      queued: 0,
    });
  });

  it("A server error fails the call with REMOTE_ERROR and its details", async () => {
    const { open, server } = stage();
    server.answers.fail = () => ({ error: { code: 7, message: "not today", data: { why: 1 } } });
    const session = await open();
    const { error } = await session.call("fail");
    expect(error).toMatchObject({
      code: "REMOTE_ERROR",
      phase: "receive",
      sent: "yes",
      retryable: false,
      remote: { code: 7, message: "not today", data: { why: 1 } },
      url: "ws://server.example/",
    });
    expect(error?.message).toContain("not today");
  });

  it("A call ends at its deadline, and its late answer is counted and dropped", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const call = session.call("hold", 1, { timeoutMs: 500 });
    await clock.advance(500);
    expect((await call).error).toMatchObject({ code: "RECEIVE_TIMEOUT", phase: "receive", sent: "maybe" });
    const [held] = server.last.calls("hold");
    server.last.send({ id: held?.id, result: 1 });
    await clock.advance(0);
    expect(session.getStats()).toMatchObject({ lateRepliesCount: 1, repliesCount: 0, inFlight: 0 });
  });

  it("Duplicate answers, answers to unknown ids and unreadable messages are counted and dropped", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    await session.call("echo", 1);
    const [{ id } = {}] = server.last.received;
    server.last.send({ id, result: "again" });
    server.last.send({ id: 4711, result: "who?" });
    server.last.send({ id: "text", result: "who?" });
    server.last.send({ throw: true });
    server.last.peer.send("not json");
    server.last.send(null);
    await clock.advance(0);
    expect(session.getStats()).toMatchObject({
      lateRepliesCount: 1,
      unknownRepliesCount: 2,
      unreadableCount: 2,
    });
    expect((await session.call("echo", 2)).data?.response).toBe(2);
  });

  it("An id that the server returns as a string instead of a number, or the reverse, still matches", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const call = session.call("hold", 1);
    await clock.advance(0);
    server.last.send({ id: String(server.last.received[0]?.id), result: "mine" });
    expect((await call).data?.response).toBe("mine");
    const texts = await open({ protocol: { ...testProtocol, makeId: (count) => `${count}` } });
    const text = texts.call("hold", 2);
    await clock.advance(0);
    server.last.send({ id: Number(server.last.received[0]?.id), result: "too" });
    expect((await text).data?.response).toBe("too");
  });

  it("A call with timeoutMs 0 fails at once, and nothing is sent", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const { error } = await session.call("echo", 1, { timeoutMs: 0 });
    expect(error).toMatchObject({ code: "RECEIVE_TIMEOUT", sent: "no" });
    await clock.advance(0);
    expect(server.last.received).toEqual([]);
  });
});

describe("callsCount", () => {
  it("Every call that is submitted counts, those that are refused at once included", async () => {
    let allowed = true;
    const usual = generous();
    const rateLimiter: RateLimiter = {
      acquire: () => ({ ...usual.acquire(), allowed }),
      refund: () => undefined,
      usage: () => usual.usage(),
      reset: () => undefined,
    };
    const { open, clock } = stage({ rateLimiter });
    const session = await open({ maxInFlight: 1, maxQueued: 0 });
    const results: Promise<Result<unknown>>[] = [];
    const submit = (call: Promise<Result<unknown>>): void => {
      results.push(call);
      expect(session.getStats().callsCount).toBe(results.length);
    };
    submit(session.call("echo", 1, { timeoutMs: 0 }));
    submit(session.call("echo", 1, { signal: AbortSignal.abort() }));
    submit(session.notify("echo"));
    submit(session.subscribe("news"));
    submit(session.call("echo"));
    await clock.advance(0);
    allowed = false;
    submit(session.call("echo"));
    void session.close({ timeoutMs: 0 });
    submit(session.call("echo"));
    await clock.advance(10_000);
    const codes = (await Promise.all(results)).map(({ error }) => error?.code);
    expect(codes).toEqual([
      "RECEIVE_TIMEOUT",
      "ABORTED",
      undefined,
      undefined,
      "BACKPRESSURE",
      "RATE_LIMITED",
      "DISPOSED",
    ]);
  });
});

describe("the signal of a call", () => {
  it("A signal that is already aborted fails the call before anything is sent", async () => {
    const { open, server } = stage();
    const session = await open();
    const { error } = await session.call("echo", 1, { signal: AbortSignal.abort("no") });
    expect(error).toMatchObject({ code: "ABORTED", phase: "admission", sent: "no", cause: "no" });
    expect(server.last.received).toEqual([]);
  });

  it("Aborting ends the wait and leaves no listener on the signal", async () => {
    const { open, clock } = stage();
    const session = await open();
    const controller = new AbortController();
    const { signal } = controller;
    await session.call("echo", 1, { signal });
    expect(getEventListeners(signal, "abort")).toEqual([]);
    const call = session.call("hold", 1, { signal });
    await clock.advance(0);
    controller.abort("enough");
    expect((await call).error).toMatchObject({ code: "ABORTED", sent: "maybe", cause: "enough" });
    expect(session.getStats().inFlight).toBe(0);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("Aborting removes a waiting call from the queue", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    server.goDown();
    await clock.advance(0);
    const controller = new AbortController();
    const call = session.call("echo", 1, { signal: controller.signal });
    expect(session.getStats().queued).toBe(1);
    controller.abort();
    expect((await call).error).toMatchObject({ code: "ABORTED", sent: "no" });
    expect(session.getStats().queued).toBe(0);
  });
});

describe("a notification", () => {
  it("A notification succeeds when it is sent, without waiting for an answer", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    expect(await session.notify("note", 1, { correlationId: "n" })).toEqual({
      success: true,
      data: { correlationId: "n" },
    });
    await clock.advance(0);
    expect(server.last.received).toEqual([{ method: "note", params: 1 }]);
    expect(session.getStats().inFlight).toBe(0);
  });

  it("A notification waits for a connection if there is none", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    server.last.peer.drop();
    await clock.advance(0);
    const notified = session.notify("note", 1);
    await clock.advance(1_000);
    expect((await notified).success).toBe(true);
    expect(server.allReceived("note")).toHaveLength(1);
  });
});

describe("a call that could not be sent", () => {
  it("It reports the failure that blocked it, not an earlier one that is resolved", async () => {
    const { open, server, clock } = stage();
    const session = await open({ heartbeat: { intervalMs: 1_000, timeoutMs: 500, verifyTimeoutMs: 5_000 } });
    server.last.peer.drop();
    await clock.advance(1_000);
    expect(session.state).toBe("ready");
    server.last.peer.hold();
    clock.freeze(60_000);
    const { error } = await Promise.all([
      session.call("echo", 1, { timeoutMs: 100 }),
      clock.advance(100),
    ]).then(([result]) => result);
    expect(error).toMatchObject({ code: "CONNECT_TIMEOUT", sent: "no" });
    expect(error?.cause).toBeUndefined();
    server.last.peer.release();
  });
});

describe("a message that is too big to be sent", () => {
  it("It fails its call, and the connection stays open", async () => {
    const { open, server } = stage({ maxBufferedBytes: 300 });
    const session = await open();
    const { error } = await session.call("echo", "x".repeat(400));
    expect(error).toMatchObject({ code: "MESSAGE_TOO_BIG", sent: "no" });
    expect((await session.call("echo", 1)).data?.response).toBe(1);
    expect(server.connectionCount).toBe(1);
  });
});

function generous() {
  return {
    acquire: () => ({ allowed: true, limit: 1e6, remaining: 1e6, resetAfterMs: 0, source: "local" }) as const,
    refund: () => undefined,
    usage: () => ({ used: 0, limit: 1e6, windowMs: 1_000 }),
    reset: () => undefined,
  };
}
