import type { OutsockError } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { stage } from "./support/stage.ts";

describe("reconnecting", () => {
  it("Pauses grow up to maxDelayMs, and each failure is reported", async () => {
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

  it("Retry-After is respected", async () => {
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

  it("A server that accepts and hangs up is reconnected to with growing pauses", async () => {
    const { open, server, clock } = stage();
    await open({ reconnect: { baseDelayMs: 100, maxDelayMs: 10_000 } });
    for (let second = 0; second < 600; second += 1) {
      server.last.peer.drop();
      await clock.advance(100);
    }
    expect(server.connectionCount).toBeLessThan(16);
  });

  it("After maxAttempts the session ends, and every waiting call fails with the cause", async () => {
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

  it("A close code that is fatal for the protocol ends the session", async () => {
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

  it("The retry option decides", async () => {
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

  it("A retry function that throws leaves the default decision", async () => {
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

  it("With reconnect: false the session ends with its connection", async () => {
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

  it("There is at most one socket at any time", async () => {
    const { open, server, clock } = stage();
    await open({ heartbeat: { intervalMs: 100, timeoutMs: 50 } });
    for (let n = 0; n < 50; n += 1) {
      if (n % 3 === 0) server.last.peer.drop();
      if (n % 7 === 0) server.last.peer.close(1012);
      await clock.advance(n * 7);
      expect(server.open.length).toBeLessThanOrEqual(1);
    }
  });

  it("A pending reconnection keeps the process alive, as the connection did", async () => {
    const { open, server, clock } = stage();
    await open();
    server.last.peer.drop();
    await clock.advance(0);
    expect(clock.referencedTimers).toBe(1);
  });
});

it.each<[string, () => number]>([
  ["throws", () => JSON.parse("{")],
  ["returns NaN", () => Number.NaN],
  ["returns no number", () => JSON.parse('"x"')],
  ["returns a negative number", () => -1],
  ["returns too large a number", () => Number.POSITIVE_INFINITY],
])("A random function that %s neither stops the session nor makes it flood the server", async (_, random) => {
  const { open, server, clock } = stage();
  const session = await open({ random, reconnect: { baseDelayMs: 1_000, maxDelayMs: 1_000 } });
  server.goDown();
  const failures: number[] = [];
  session.on("failure", ({ retryInMs }) => failures.push(retryInMs ?? -1));
  await clock.advance(100_000);
  server.listen();
  await clock.advance(2_000);
  expect(session.state).toBe("ready");
  expect(failures.length).toBeGreaterThan(50);
  expect(failures.every((delayMs) => delayMs >= 0 && delayMs <= 1_000)).toBe(true);
  const closed = session.close();
  await clock.advance(10_000);
  await closed;
});
