import { type RateDecision, type RateLimiter, slidingWindow } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { stage } from "../support/stage.ts";
import { testProtocol } from "../support/test-protocol.ts";

const window = (limit: number) => ({ rateLimiter: slidingWindow({ limit, windowMs: 1_000 }) });

describe("the manager's rate limit", () => {
  it("Each call costs one permit, and calls beyond the limit less the reserve are refused", async () => {
    const { open } = stage(window(10));
    const session = await open({ reserve: 3 });
    // One permit was used to connect.
    const calls = await Promise.all(Array.from({ length: 10 }, (_, n) => session.call("echo", n)));
    expect(calls.filter(({ success }) => success)).toHaveLength(6);
    expect(calls.at(-1)?.error).toMatchObject({
      code: "RATE_LIMITED",
      phase: "admission",
      sent: "no",
      retryAfterMs: 1_000,
    });
  });

  it("The default reserve is a tenth of the limit, at most 5", async () => {
    for (const [limit, calls] of [
      [9, 8],
      [40, 35],
      [300, 294],
    ] as const) {
      const { open } = stage(window(limit));
      const session = await open();
      const answers = await Promise.all(Array.from({ length: limit }, () => session.call("echo", 1)));
      expect(answers.filter(({ success }) => success)).toHaveLength(calls);
    }
  });

  it("Calls never starve the heartbeat", async () => {
    const { open, server, clock } = stage(window(10));
    const session = await open({
      protocol: { ...testProtocol, heartbeat: (id) => ({ id, method: "echo", params: "beat" }) },
      heartbeat: { intervalMs: 100, timeoutMs: 100 },
    });
    for (let n = 0; n < 20; n += 1) {
      void session.call("hold", n);
      await clock.advance(100);
    }
    expect(session.getStats().connectionsCount).toBe(1);
    expect(server.last.calls("echo").length).toBeGreaterThan(5);
  });

  it("Calls that waited for a connection are sent within the limit", async () => {
    const { open, server, clock } = stage(window(10));
    const session = await open({ reserve: 0 });
    server.goDown();
    await clock.advance(0);
    const calls = Array.from({ length: 25 }, (_, n) => session.call("echo", n, { timeoutMs: 60_000 }));
    await clock.advance(5_000);
    server.listen();
    const arrivals: number[] = [];
    for (let tick = 0; tick < 400; tick += 1) {
      await clock.advance(25);
      while (arrivals.length < server.last.received.length) arrivals.push(clock.now());
    }
    expect((await Promise.all(calls)).every(({ success }) => success)).toBe(true);
    for (const from of arrivals) {
      expect(arrivals.filter((at) => at >= from && at < from + 950).length).toBeLessThanOrEqual(10);
    }
  });

  it("Waiting calls leave the reserve too, and answers to the server are counted", async () => {
    const { open, server, manager, clock } = stage(window(10));
    const session = await open({ reserve: 4 });
    server.last.peer.drop();
    await clock.advance(0);
    const calls = Array.from({ length: 8 }, (_, n) => session.call("echo", n, { timeoutMs: 1_200 }));
    await clock.advance(1_000);
    // Six less the permit of the reconnection.
    expect(server.last.calls("echo")).toHaveLength(5);
    const { currentRateLimitSize } = manager.getStats();
    server.last.send({ ping: 1 });
    await clock.advance(0);
    expect(manager.getStats().currentRateLimitSize).toBe(currentRateLimitSize + 1);
    await clock.advance(1_000);
    await Promise.all(calls);
  });

  it("A call that waited for a permit fails with RATE_LIMITED", async () => {
    const { open, server, clock } = stage(window(3));
    const session = await open({ reserve: 0 });
    server.last.peer.drop();
    await clock.advance(0);
    const calls = [1, 2, 3].map((n) => session.call("echo", n, { timeoutMs: 1_500 }));
    await clock.advance(1_500);
    const codes = (await Promise.all(calls)).map(({ error }) => error?.code);
    expect(codes).toEqual([undefined, undefined, "RATE_LIMITED"]);
  });

  it("With onLimit wait, calls wait in order", async () => {
    const { open, clock } = stage({ ...window(5), onLimit: { wait: 5_000 } });
    const session = await open({ reserve: 0 });
    const calls = Array.from({ length: 12 }, (_, n) => session.call("echo", n));
    await clock.advance(3_000);
    expect((await Promise.all(calls)).map(({ data }) => data?.response)).toEqual(
      Array.from({ length: 12 }, (_, n) => n),
    );
  });

  it("Calls are sent when an asynchronous limiter admits them", async () => {
    const limiter = later(true);
    const { open, server, clock } = stage({ rateLimiter: limiter });
    const session = await open();
    const calls = [1, 2, 3].map((n) => session.call("echo", n));
    await clock.advance(0);
    expect((await Promise.all(calls)).map(({ data }) => data?.response)).toEqual([1, 2, 3]);
    server.last.peer.drop();
    await clock.advance(0);
    const queued = [4, 5].map((n) => session.call("echo", n));
    await clock.advance(2_000);
    expect((await Promise.all(queued)).map(({ data }) => data?.response)).toEqual([4, 5]);
  });

  it("A limiter that rejects refuses the call, queued or not, and the session continues", async () => {
    const limiter = later(true);
    const { open, clock } = stage({ rateLimiter: limiter });
    const session = await open({ maxInFlight: 1 });
    limiter.broken = true;
    expect((await session.call("echo", 1)).error).toMatchObject({ code: "RATE_LIMITED", sent: "no" });
    limiter.broken = false;
    const held = session.call("hold", 1, { timeoutMs: 100 });
    await clock.advance(0);
    const queued = session.call("echo", 2);
    limiter.broken = true;
    await clock.advance(100);
    expect((await held).error?.code).toBe("RECEIVE_TIMEOUT");
    expect((await queued).error).toMatchObject({ code: "RATE_LIMITED", sent: "no" });
    limiter.broken = false;
    expect((await session.call("echo", 3)).data?.response).toBe(3);
  });

  it("A slow-down of the server holds calls for its duration", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    server.last.send({ slowDownMs: 700 });
    await clock.advance(0);
    const call = session.call("echo", 1);
    await clock.advance(699);
    expect(server.last.received).toEqual([]);
    await clock.advance(1);
    expect((await call).data?.response).toBe(1);
  });
});

interface Later extends RateLimiter {
  broken: boolean;
}

function later(allowed: boolean): Later {
  return {
    broken: false,
    acquire() {
      if (this.broken) return Promise.reject(new Error("no store"));
      const decision: RateDecision = { allowed, limit: 300, remaining: 1, resetAfterMs: 0, source: "remote" };
      return Promise.resolve(decision);
    },
    refund: () => undefined,
    usage: () => ({ used: 0, limit: 300, windowMs: 1_000 }),
    reset: () => undefined,
  };
}
