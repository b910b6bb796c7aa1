import type { OutsockError } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { stage } from "./support/stage.ts";
import { testProtocol as protocol } from "./support/test-protocol.ts";

describe("reconnecting", () => {
  it("waits longer each time, as far as the longest pause, and tells each failure", async () => {
    const { open, server, clock } = stage();
    const session = await open({ reconnect: { baseDelayMs: 100, maxDelayMs: 400, stableAfterMs: 0 } });
    const failures: unknown[] = [];
    session.on("failure", ({ error, attempt, retryInMs }) => failures.push([error.code, attempt, retryInMs]));
    server.goDown();
    await clock.advance(100 + 200 + 400 + 400);
    expect(failures).toEqual([
      ["CONNECT_FAILED", 1, 200],
      ["CONNECT_FAILED", 2, 400],
      ["CONNECT_FAILED", 3, 400],
      ["CONNECT_FAILED", 4, 400],
    ]);
  });

  it("obeys Retry-After", async () => {
    const { open, server, network, clock } = stage();
    const session = await open({
      url: ({ attempt }: { attempt: number }) =>
        attempt === 2 ? "ws://busy.example" : "ws://server.example",
    });
    network.listen("ws://busy.example", { reject: { status: 429, retryAfterMs: 7_000 } });
    server.last.peer.drop();
    await clock.advance(1_000 + 6_999);
    expect([session.state, server.connectionCount]).toEqual(["waiting", 1]);
    await clock.advance(1);
    expect([session.state, server.connectionCount]).toEqual(["ready", 2]);
  });

  it("does not run hot against a server that accepts and hangs up", async () => {
    const { open, server, clock } = stage();
    await open({ reconnect: { baseDelayMs: 100, maxDelayMs: 10_000 } });
    for (let second = 0; second < 600; second += 1) {
      server.last.peer.drop();
      await clock.advance(100);
    }
    expect(server.connectionCount).toBeLessThan(16);
  });

  it("gives up after so many attempts, and everything that waits is told", async () => {
    const { open, server, clock } = stage();
    const session = await open({ reconnect: { maxAttempts: 3, stableAfterMs: 0 } });
    server.goDown();
    await clock.advance(0);
    const call = session.call("echo", 1, { timeoutMs: 60_000 });
    await clock.advance(10_000);
    expect((await call).error).toMatchObject({ code: "CONNECT_FAILED", sent: "no", retryable: false });
    expect(session.state).toBe("closed");
    expect(session.error?.code).toBe("CONNECT_FAILED");
    expect((await session.call("echo", 2)).error?.code).toBe("CONNECT_FAILED");
    expect(clock.referencedTimers).toBe(0);
  });

  it("does not happen after a close code that is fatal for the protocol", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    server.last.peer.close(4001, "banned");
    await clock.advance(60_000);
    expect(session.state).toBe("closed");
    expect(session.error).toMatchObject({
      code: "CONNECTION_CLOSED",
      closeCode: 4001,
      closeReason: "banned",
    });
    expect((await session.call("echo", 1)).error).toMatchObject({ closeCode: 4001, sent: "no" });
    expect(server.connectionCount).toBe(1);
  });

  it("happens or not as the caller decides", async () => {
    const { open, server, clock } = stage();
    const asked: OutsockError[] = [];
    const session = await open({
      reconnect: {
        retry(error) {
          asked.push(error);
          return error.closeCode === 4001;
        },
      },
    });
    server.last.peer.close(4001);
    await clock.advance(1_000);
    expect(session.state).toBe("ready");
    server.last.peer.close(1012);
    await clock.advance(60_000);
    expect(session.state).toBe("closed");
    expect(asked.map(({ closeCode }) => closeCode)).toEqual([4001, 1012]);
  });

  it("is decided as usual where the caller's function throws", async () => {
    const { open, server, clock } = stage();
    const session = await open({
      reconnect: {
        retry() {
          throw new Error("broken");
        },
      },
    });
    server.last.peer.drop();
    await clock.advance(1_000);
    expect(session.state).toBe("ready");
  });

  it("can be left out: then the session ends with its connection", async () => {
    const { open, server, clock } = stage();
    const session = await open({ reconnect: false });
    const call = session.call("hold", 1, { idempotent: true });
    await clock.advance(0);
    server.last.peer.drop();
    expect((await call).error).toMatchObject({ code: "CONNECTION_CLOSED", sent: "maybe" });
    expect(session.state).toBe("closed");
    await clock.advance(60_000);
    expect(server.connectionCount).toBe(1);
  });

  it("owns one socket at any time", async () => {
    const { open, server, clock } = stage();
    await open({ heartbeat: { intervalMs: 100, timeoutMs: 50 } });
    for (let n = 0; n < 50; n += 1) {
      if (n % 3 === 0) server.last.peer.drop();
      if (n % 7 === 0) server.last.peer.close(1012);
      await clock.advance(n * 7);
      expect(server.open.length).toBeLessThanOrEqual(1);
    }
  });

  it("keeps the process alive while it waits, as the connection did", async () => {
    const { open, server, clock } = stage();
    await open();
    server.last.peer.drop();
    await clock.advance(0);
    expect(clock.referencedTimers).toBe(1);
  });
});

describe("closing", () => {
  it("beats a reconnection that is due", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    server.last.peer.drop();
    await clock.advance(0);
    expect(session.state).toBe("waiting");
    const waiting = session.call("echo", 1);
    await session.close();
    expect((await waiting).error).toMatchObject({ code: "DISPOSED", sent: "no" });
    await clock.advance(60_000);
    expect(server.connectionCount).toBe(1);
    expect([session.state, session.error, clock.referencedTimers]).toEqual(["closed", undefined, 0]);
  });

  it("gives up an attempt that is under way", async () => {
    const { open, server, network, clock } = stage();
    const session = await open({
      url: ({ attempt }: { attempt: number }) =>
        attempt === 1 ? "ws://server.example" : "ws://slow.example",
    });
    network.listen("ws://slow.example", { stall: true });
    server.last.peer.drop();
    await clock.advance(1_000);
    expect(session.state).toBe("connecting");
    await session.close();
    expect(session.state).toBe("closed");
    await clock.advance(0);
    expect(clock.referencedTimers).toBe(0);
  });

  it("waits for the answers that are due, refuses new calls, and says goodbye", async () => {
    const { open, server, clock } = stage();
    const session = await open({ maxInFlight: 1 });
    const [held, queued] = [session.call("hold", 1), session.call("echo", 2)];
    await clock.advance(0);
    let left: unknown;
    server.last.peer.onClose((close) => {
      left = close;
    });
    const closed = session.close();
    expect(session.state).toBe("closing");
    expect((await session.call("echo", 3)).error).toMatchObject({
      code: "DISPOSED",
      phase: "admission",
      sent: "no",
    });
    const [{ id } = {}] = server.last.calls("hold");
    server.last.send({ id, result: "last" });
    await clock.advance(0);
    expect((await held).data?.response).toBe("last");
    expect((await queued).data?.response).toBe(2);
    await closed;
    expect([session.state, left, clock.referencedTimers]).toEqual(["closed", { code: 1000, reason: "" }, 0]);
  });

  it("waits no longer than it was told, and tells what was not answered", async () => {
    const { open, clock, server } = stage();
    const session = await open();
    const held = session.call("hold", 1, { idempotent: true, timeoutMs: 60_000 });
    await clock.advance(0);
    const closed = session.close({ timeoutMs: 300 });
    await clock.advance(300);
    await closed;
    expect((await held).error).toMatchObject({ code: "DISPOSED", sent: "maybe", retryable: false });
    expect(server.open).toEqual([]);
  });

  it("twice is closing once", async () => {
    const { open } = stage();
    const session = await open();
    await Promise.all([session.close(), session.close()]);
    await session.close();
    expect(session.state).toBe("closed");
  });

  it("is bounded also where the server never answers a close", async () => {
    const { open, clock, server } = stage({ closeTimeoutMs: 200 }, { answersClose: false });
    const session = await open();
    const closed = session.close();
    await clock.advance(200);
    await closed;
    expect(server.open).toEqual([]);
  });

  it("happens at the end of a block", async () => {
    const { open, server } = stage();
    {
      await using session = await open();
      await session.call("echo", 1);
    }
    expect(server.open).toEqual([]);
  });

  it("of the manager ends the session, and every call", async () => {
    const { open, manager, server, clock } = stage();
    const session = await open();
    const held = session.call("hold", 1, { idempotent: true });
    await clock.advance(0);
    await manager.dispose();
    expect((await held).error).toMatchObject({ code: "DISPOSED", sent: "maybe" });
    expect(session.state).toBe("closed");
    expect(session.error?.code).toBe("DISPOSED");
    expect((await session.call("echo", 1)).error?.code).toBe("DISPOSED");
    expect(server.open).toEqual([]);
    expect(clock.referencedTimers).toBe(0);
  });
});

describe("what a session tells", () => {
  it("is every change of its state", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const states: string[] = [];
    session.on("state", ({ previous, state }) => states.push(`${previous} > ${state}`));
    server.last.peer.drop();
    await clock.advance(1_000);
    await session.close();
    expect(states).toEqual([
      "ready > waiting",
      "waiting > connecting",
      "connecting > ready",
      "ready > closing",
      "closing > closed",
    ]);
  });

  it("is a gap after a loss, with how long it lasted", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const gaps: unknown[] = [];
    session.on("gap", (gap) => gaps.push(gap));
    server.last.peer.drop();
    await clock.advance(5_000);
    expect(gaps).toEqual([{ sinceMs: 1_000, subscriptions: 0 }]);
  });

  it("is told to those who listen still, and not harmed by those who break", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const heard: string[] = [];
    session.on("event", () => {
      throw new Error("a listener broke");
    });
    session.on("event", () => Promise.reject(new Error("later")));
    const once = session.on("event", () => heard.push("disposed"));
    const controller = new AbortController();
    session.on("event", () => heard.push("signal"), { signal: controller.signal });
    session.on("event", () => heard.push("aborted"), { signal: AbortSignal.abort() });
    session.on("event", ({ topic }) => heard.push(String(topic)));
    server.last.send({ topic: "one", data: 1 });
    await clock.advance(0);
    once[Symbol.dispose]();
    controller.abort();
    server.last.send({ topic: "two", data: 1 });
    await clock.advance(0);
    expect(heard).toEqual(["disposed", "signal", "one", "two"]);
    expect((await session.call("echo", 1)).success).toBe(true);
  });

  it("can be put into JSON with its result", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    expect(JSON.parse(JSON.stringify({ session }))).toEqual({ session: { state: "ready" } });
    server.last.peer.close(4001);
    await clock.advance(0);
    expect(JSON.parse(JSON.stringify(session))).toMatchObject({
      state: "closed",
      error: { closeCode: 4001 },
    });
  });

  it("has names, and others are a mistake", async () => {
    const { open } = stage();
    const session = await open();
    const name = Object("error").toString();
    expect(() => session.on(name, () => undefined)).toThrow("no event error");
    expect(() => session.on("state", Object(1))).toThrow("function");
  });
});

it("a message that wants an answer gets it, limited or not", async () => {
  const { open, server, clock } = stage();
  await open({ protocol });
  server.last.send({ ping: 7 });
  server.last.send({ topic: "t", data: 1, ack: { ack: 1 } });
  await clock.advance(0);
  expect(server.last.received).toEqual([{ pong: 7 }, { ack: 1 }]);
});
