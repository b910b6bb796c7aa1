import { slidingWindow } from "@outsock/core";
import { recordingSink } from "@outsock/core/testing";
import { describe, expect, it } from "vitest";
import { SlowLimiter } from "../support/limiters.ts";
import { stage } from "../support/stage.ts";

describe("while an asynchronous limiter decides", () => {
  it.each([0, 1, 2, 3, 4, 5, 6])(
    "A signal stops the call, even %i microtasks after the permit",
    async (moments) => {
      const rateLimiter = new SlowLimiter();
      const { open, server, clock } = stage({ rateLimiter });
      const session = await open();
      rateLimiter.slow = true;
      const controller = new AbortController();
      const call = session.call("hold", 1, { signal: controller.signal, timeoutMs: 100 });
      await clock.advance(0);
      rateLimiter.grantAll();
      for (let moment = 0; moment < moments; moment += 1) await undefined;
      controller.abort();
      await clock.advance(100);
      const { error } = await call;
      expect(error?.code).toBe("ABORTED");
      if (error?.phase === "admission") expect(server.last.received).toEqual([]);
    },
  );

  it.each([
    [50_000, 5_000, undefined],
    [1_000, 1_000, "DISPOSED"],
  ])(
    "a close with %i ms waits for a call that waits for its permit: it is over after %i ms, the call ends with %s",
    async (timeoutMs, overAfterMs, code) => {
      const rateLimiter = slidingWindow({ limit: 2, windowMs: 5_000 });
      const { open, clock } = stage({ rateLimiter, onLimit: { wait: 60_000 } });
      const session = await open({ reserve: 0 });
      await session.call("echo", 1);
      const waiting = session.call("echo", 2, { timeoutMs: 60_000 });
      await clock.advance(0);
      let closed = false;
      void session.close({ timeoutMs }).then(() => {
        closed = true;
      });
      await clock.advance(overAfterMs - 1);
      expect(closed).toBe(false);
      await clock.advance(1);
      expect(closed).toBe(true);
      expect((await waiting).error?.code).toBe(code);
    },
  );

  it("Queued calls wait, and one that is never decided does not block the others for good", async () => {
    const rateLimiter = new SlowLimiter();
    const { open, server, clock } = stage({ rateLimiter });
    const session = await open();
    server.last.peer.drop();
    await clock.advance(999);
    const first = session.call("echo", 1, { timeoutMs: 1_000 });
    const second = session.call("echo", 2, { timeoutMs: 60_000 });
    session.on("state", ({ state }) => {
      if (state === "ready") rateLimiter.slow = true;
    });
    session.on("gap", () => {
      rateLimiter.slow = true;
    });
    await clock.advance(1);
    rateLimiter.slow = false;
    await clock.advance(1_000);
    expect((await first).error).toMatchObject({ code: "RATE_LIMITED", sent: "no" });
    expect((await second).data?.response).toBe(2);
    rateLimiter.grantAll();
    await clock.advance(0);
    expect(server.allReceived("echo").map(({ params }) => params)).toEqual([2]);
    expect(session.getStats().queued).toBe(0);
  });

  it.each([
    [0, 1],
    [2, 2],
  ])(
    "With maxQueued %i at most %i wait, and refused calls do not ask the limiter",
    async (maxQueued, most) => {
      const rateLimiter = new SlowLimiter();
      const statsSink = recordingSink();
      const { open, server, clock } = stage({ rateLimiter, statsSink });
      const session = await open({ maxQueued });
      rateLimiter.slow = true;
      const calls = [1, 2, 3, 4].map((n) => session.call("echo", n));
      await clock.advance(0);
      expect(rateLimiter.asked).toBe(most);
      rateLimiter.grantAll();
      const codes = (await Promise.all(calls)).map(({ error }) => error?.code ?? "answered");
      expect(codes.filter((code) => code === "answered")).toHaveLength(most);
      expect(codes.filter((code) => code === "BACKPRESSURE")).toHaveLength(4 - most);
      expect(server.last.received).toHaveLength(most);
      const failed = statsSink.events.filter(
        ({ type }) => type === "operation-failed" || type === "rate-limited",
      );
      expect(failed).toHaveLength(4 - most);
    },
  );

  it("A late permit sends exactly one call", async () => {
    const rateLimiter = new SlowLimiter();
    const { open, server, clock } = stage({ rateLimiter });
    const session = await open();
    server.last.peer.drop();
    await clock.advance(999);
    const calls = [1, 2, 3].map((n) => session.call("echo", n, { timeoutMs: 60_000 }));
    session.on("gap", () => {
      rateLimiter.slow = true;
    });
    await clock.advance(1);
    for (const sent of [1, 2, 3]) {
      rateLimiter.grantAll();
      await clock.advance(0);
      expect(server.last.received).toHaveLength(sent);
    }
    expect((await Promise.all(calls)).map(({ data }) => data?.response)).toEqual([1, 2, 3]);
  });
});
