import { serverLimits, slidingWindow } from "@outsock/core";
import { recordingSink } from "@outsock/core/testing";
import type { MemoryNetwork } from "@outsock/transport-memory";
import { describe, expect, it } from "vitest";
import { limitedStage } from "../support/accounting-limiter.ts";
import { stage } from "../support/stage.ts";
import { testProtocol } from "../support/test-protocol.ts";

const messages = (limit: number) => ({
  limits: serverLimits({ message: () => slidingWindow({ limit, windowMs: 1_000 }) }),
});

describe("the limit of a server for messages", () => {
  it("Calls and notifications count, and a small limit keeps no reserve", async () => {
    const { open } = stage(messages(5));
    const session = await open();
    const all = await Promise.all(Array.from({ length: 8 }, (_, n) => session.call("echo", n)));
    expect(all.filter(({ success }) => success)).toHaveLength(5);
    expect(all.at(-1)?.error).toMatchObject({ code: "RATE_LIMITED", sent: "no", retryAfterMs: 1_000 });
    expect((await session.notify("note")).error?.code).toBe("RATE_LIMITED");
  });

  it("A larger limit reserves a tenth for heartbeats, which also count", async () => {
    const { open, clock } = stage(messages(20));
    const session = await open({
      protocol: { ...testProtocol, heartbeat: (id) => ({ id, method: "echo", params: "beat" }) },
      heartbeat: { intervalMs: 100, timeoutMs: 50 },
    });
    await clock.advance(350);
    const all = await Promise.all(Array.from({ length: 20 }, (_, n) => session.call("echo", n)));
    // 3 heartbeats were sent, and 2 permits are reserved for more.
    expect(all.filter(({ success }) => success)).toHaveLength(15);
  });

  it("Calls that waited for a connection are sent as their permits become available", async () => {
    const statsSink = recordingSink();
    const { open, server, clock } = stage({ ...messages(2), onLimit: { wait: 10_000 }, statsSink });
    const session = await open();
    server.last.peer.drop();
    await clock.advance(1);
    const calls = Array.from({ length: 5 }, (_, n) => session.call("echo", n, { timeoutMs: 9_000 }));
    await clock.advance(6_000);
    expect((await Promise.all(calls)).map(({ error }) => error?.code)).toEqual(calls.map(() => undefined));
    expect(statsSink.of("operation-started").filter(({ operation }) => operation === "call")).toHaveLength(5);
    expect(statsSink.of("operation-called").map(({ method }) => method)).toContain("echo");
  });
});

describe("the limit of each server for messages", () => {
  const elsewhere = (network: MemoryNetwork): readonly unknown[] => {
    const seen: unknown[] = [];
    network.listen("ws://other.example", (peer) =>
      peer.onMessage((message) => {
        const { id, params } = JSON.parse(String(message));
        seen.push(params);
        if (id !== undefined) peer.send(JSON.stringify({ id, result: params }));
      }),
    );
    return seen;
  };

  it("A call that moves to another server counts only there", async () => {
    const { open, server, clock, network, limitOf, limits } = limitedStage({ limit: 10, delayMs: 2_000 });
    const seen = elsewhere(network);
    const session = await open();
    const call = session.call("echo", 1, { timeoutMs: 60_000 });
    await clock.advance(1);
    server.last.send({ goAway: "ws://other.example" });
    await clock.advance(10_000);
    expect((await call).data?.response).toBe(1);
    expect(seen).toEqual([1]);
    expect([...limits.keys()]).toEqual(["server.example", "other.example"]);
    expect(limitOf("other.example")).toMatchObject({ kept: 1, faults: [] });
    expect(limitOf("server.example")).toMatchObject({ kept: 0, faults: [] });
  });

  it("A queued call counts only at the new server, even if the old one's permit arrives after the move", async () => {
    const { open, server, clock, network, limitOf } = limitedStage({ limit: 10, delayMs: 2_000 });
    const seen = elsewhere(network);
    const session = await open();
    server.last.peer.drop();
    await clock.advance(1);
    const call = session.call("echo", 1, { timeoutMs: 60_000 });
    await clock.advance(1_500);
    expect(session.state).toBe("ready");
    server.last.send({ goAway: "ws://other.example" });
    await clock.advance(10_000);
    expect((await call).data?.response).toBe(1);
    expect(seen).toEqual([1]);
    expect(limitOf("other.example")).toMatchObject({ kept: 1, refunds: 0 });
    expect(limitOf("server.example")).toMatchObject({ kept: 0, refunds: 1, faults: [] });
  });

  it("A limit delays only the calls to its own server", async () => {
    const { open, server, clock, network } = limitedStage(
      { limit: 2, windowMs: 300_000 },
      { onLimit: { wait: 60_000 } },
    );
    const seen = elsewhere(network);
    const session = await open();
    server.last.peer.drop();
    await clock.advance(1);
    const calls = [1, 2, 3].map((n) => session.call("echo", n, { timeoutMs: 100_000 }));
    await clock.advance(5_000);
    expect(server.allReceived("echo")).toHaveLength(2);
    server.last.send({ goAway: "ws://other.example" });
    await clock.advance(10_000);
    expect(seen).toEqual([3]);
    expect((await Promise.all(calls)).every(({ success }) => success)).toBe(true);
  });

  it("Heartbeats count even if the manager's own limit is used up", async () => {
    const message = slidingWindow({ limit: 10, windowMs: 60_000 });
    const rateLimiter = slidingWindow({ limit: 1, windowMs: 60_000 });
    const { open, clock, server } = stage({ limits: serverLimits({ message }), rateLimiter });
    await open({
      reserve: 0,
      protocol: { ...testProtocol, heartbeat: (id) => ({ id, method: "echo", params: "beat" }) },
      heartbeat: { intervalMs: 100, timeoutMs: 50 },
    });
    await clock.advance(350);
    expect(server.allReceived("echo")).toHaveLength(3);
    expect(message.usage({ now: clock.now() }).used).toBe(3);
  });

  it("Ping frames count too", async () => {
    const message = slidingWindow({ limit: 50, windowMs: 60_000 });
    const { open, clock } = stage({ limits: serverLimits({ message }) });
    await open({ heartbeat: { intervalMs: 100, timeoutMs: 50 } });
    await clock.advance(350);
    expect(message.usage({ now: clock.now() }).used).toBe(3);
  });
});
