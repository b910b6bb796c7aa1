import { slidingWindow } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { SlowLimiter } from "../support/limiters.ts";
import { stage } from "../support/stage.ts";

/** A session that reconnects in a moment, and whose limiter is slow from then on. */
async function waiting(script = {}) {
  const rateLimiter = new SlowLimiter();
  const staged = stage({ rateLimiter }, script);
  const session = await staged.open();
  staged.server.last.peer.drop();
  await staged.clock.advance(999);
  session.on("gap", () => {
    rateLimiter.slow = true;
  });
  return { ...staged, rateLimiter, session };
}

describe("the queue", () => {
  it("The limiter is asked for one call at a time, even if a permit arrives for a call that has left", async () => {
    const { session, server, clock, rateLimiter } = await waiting();
    const [first, second] = [
      session.call("echo", 1, { timeoutMs: 100 }),
      session.call("echo", 2, { timeoutMs: 60_000 }),
    ];
    await clock.advance(1);
    expect(rateLimiter.asked).toBe(1);
    await clock.advance(100);
    expect((await first).error?.code).toBe("RATE_LIMITED");
    expect(rateLimiter.asked).toBe(2);
    rateLimiter.grantFirst();
    await clock.advance(0);
    expect([rateLimiter.asked, server.last.received.length]).toEqual([1, 0]);
    rateLimiter.grantAll();
    await clock.advance(0);
    expect((await second).data?.response).toBe(2);
    expect(server.last.received).toHaveLength(1);
  });

  it("Nothing is sent on a connection that became doubtful while the limiter decided", async () => {
    const { session, server, clock, rateLimiter } = await waiting({ answersPing: false });
    const call = session.call("echo", 1, { timeoutMs: 600_000 });
    await clock.advance(1);
    rateLimiter.slow = false;
    clock.freeze(60_000);
    rateLimiter.grantAll();
    await clock.advance(5_000);
    // The permit was refunded with that connection; another is acquired for the next one.
    rateLimiter.grantAll();
    await clock.advance(0);
    expect((await call).data?.response).toBe(1);
    expect(server.connections.map((connection) => connection.calls("echo").length)).toEqual([0, 0, 1]);
  });

  it("A call aborted while the limiter decides is not sent, and the next one is sent at once", async () => {
    const controller = new AbortController();
    const rateLimiter = new SlowLimiter();
    const aborting = {
      acquire: () => {
        if (rateLimiter.slow) controller.abort();
        rateLimiter.slow = false;
        return rateLimiter.acquire();
      },
      refund: () => undefined,
      usage: () => rateLimiter.usage(),
      reset: () => undefined,
    };
    const { open, server, clock } = stage({ rateLimiter: aborting });
    const session = await open();
    server.last.peer.drop();
    await clock.advance(999);
    session.on("gap", () => {
      rateLimiter.slow = true;
    });
    const call = session.call("echo", 1, { signal: controller.signal, timeoutMs: 5_000 });
    const next = session.call("echo", 2, { timeoutMs: 5_000 });
    await clock.advance(1_000);
    expect((await call).error).toMatchObject({ code: "ABORTED", sent: "no" });
    expect((await next).data?.response).toBe(2);
    expect(server.last.received.map(({ params }) => params)).toEqual([2]);
  });

  it("The reserve is for the session's own calls: subscriptions are restored while calls wait", async () => {
    const { open, server, clock } = stage({ rateLimiter: slidingWindow({ limit: 5, windowMs: 60_000 }) });
    const session = await open({ reserve: 2 });
    await session.subscribe("news");
    server.last.peer.drop();
    await clock.advance(999);
    const call = session.call("echo", 1, { timeoutMs: 10_000 });
    await clock.advance(5_000);
    expect(server.last.received).toMatchObject([{ method: "subscribe" }]);
    await clock.advance(5_000);
    expect((await call).error).toMatchObject({ code: "RATE_LIMITED", sent: "no" });
  });

  it("The queue is held until the latest time that the server asked for", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    server.last.send({ slowDownMs: 10_000 });
    server.last.send({ slowDownMs: 100 });
    await clock.advance(0);
    const call = session.call("echo", 1, { timeoutMs: 60_000 });
    await clock.advance(9_999);
    expect(server.last.received).toEqual([]);
    await clock.advance(1);
    expect((await call).data?.response).toBe(1);
  });

  it("A held queue neither delays close nor keeps the process alive", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    server.last.send({ slowDownMs: 3_000_000 });
    await clock.advance(0);
    const controller = new AbortController();
    const call = session.call("echo", 1, { timeoutMs: 600_000, signal: controller.signal });
    const closed = session.close({ timeoutMs: 60_000 });
    await clock.advance(0);
    expect(session.state).toBe("closing");
    controller.abort();
    await Promise.all([closed, clock.advance(0)]);
    expect((await call).error).toMatchObject({ code: "ABORTED", sent: "no" });
    expect(clock.referencedTimers).toBe(0);
  });
});
