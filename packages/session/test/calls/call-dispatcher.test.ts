import { type RateLimiter, type StatsEvent, slidingWindow } from "@outsock/core";
import { describe, expect, it } from "vitest";
import type { Session } from "../../src/index.ts";
import { SlowLimiter } from "../support/limiters.ts";
import { stage } from "../support/stage.ts";

describe("a call whose session is closed from within", () => {
  it.each(["by a sink, when the call starts", "by the limiter that is asked about it"])(
    "%s is among those that the close waits for",
    async (by) => {
      const inner = slidingWindow();
      const held: { session?: Session; closed?: Promise<unknown> | undefined } = {};
      const close = (): void => {
        held.closed ??= held.session?.close({ timeoutMs: 1_000 });
      };
      const rateLimiter: RateLimiter = {
        acquire(cost, options) {
          if (by.includes("limiter")) close();
          return inner.acquire(cost, options);
        },
        refund: (cost, decision) => inner.refund(cost, decision),
        usage: (options) => inner.usage(options),
        reset: () => inner.reset(),
      };
      const statsSink = {
        record(event: StatsEvent) {
          if (by.includes("sink") && event.type === "operation-started" && event.operation === "call")
            close();
        },
      };
      const { open, clock } = stage({ rateLimiter, statsSink });
      held.session = await open();
      const call = held.session.call("echo", 1, { timeoutMs: 60_000 });
      await clock.advance(0);
      expect((await call).data?.response).toBe(1);
      await held.closed;
      expect(clock.referencedTimers).toBe(0);
    },
  );
});

describe("under reject", () => {
  it("a call behind others is not refused because the limiter takes its time", async () => {
    const rateLimiter = new SlowLimiter();
    const { open, server, clock } = stage({ rateLimiter });
    const session = await open();
    server.last.peer.drop();
    await clock.advance(999);
    const paced = session.call("echo", 1, { timeoutMs: 60_000 });
    session.on("gap", () => {
      rateLimiter.slow = true;
    });
    await clock.advance(1);
    const behind = session.call("echo", 2, { timeoutMs: 60_000 });
    await clock.advance(5_000);
    rateLimiter.slow = false;
    rateLimiter.grantAll();
    await clock.advance(0);
    expect([(await paced).data?.response, (await behind).data?.response]).toEqual([1, 2]);
  });
});

describe("calls and operations of one manager", () => {
  it("take turns at its limit: a flood of calls does not starve a request", async () => {
    const { open, manager, clock } = stage({
      rateLimiter: slidingWindow({ limit: 10, windowMs: 1_000 }),
      onLimit: { wait: 30_000 },
    });
    const session = await open({ reserve: 0 });
    // Permits that come free one by one: a request needs four at once.
    for (let n = 0; n < 10; n += 1) {
      void session.call("echo", n, { timeoutMs: 30_000 });
      await clock.advance(100);
    }
    let code: string | undefined = "none yet";
    void manager.request("ws://server.example", 1, { timeoutMs: 20_000 }).then(({ error }) => {
      code = error?.code;
    });
    for (let n = 0; n < 200; n += 1) {
      await clock.advance(100);
      void session.call("echo", n, { timeoutMs: 30_000 });
    }
    // The server does not answer it: it was admitted all the same.
    expect(code).toBe("RECEIVE_TIMEOUT");
  });
});

describe("a call behind another, whose wait ends", () => {
  /** Permits come free 900 ms after the call began, which the limiter does not foresee. */
  const waiting = async (timeoutMs: number) => {
    const inner = slidingWindow();
    let full = false;
    const rateLimiter: RateLimiter = {
      acquire(cost, options) {
        const decision = inner.acquire(cost, options);
        return full ? { ...decision, allowed: false, retryAfterMs: 400 } : decision;
      },
      refund: (cost, decision) => inner.refund(cost, decision),
      usage: (options) => inner.usage(options),
      reset: () => inner.reset(),
    };
    const staged = stage({ rateLimiter, onLimit: { wait: 1_000 } });
    const session = await staged.open();
    staged.server.last.peer.drop();
    await staged.clock.advance(1);
    const paced = session.call("echo", "paced", { timeoutMs: 60_000 });
    session.on("gap", () => {
      full = true;
    });
    await staged.clock.advance(1_100);
    const call = session.call("echo", "behind", { timeoutMs });
    await staged.clock.advance(900);
    expect(session.getStats().queued).toBe(2);
    full = false;
    await staged.clock.advance(timeoutMs - 900);
    return { ...staged, paced, call };
  };

  it("is sent where a permit came free unforeseen, at the end of onLimit.wait", async () => {
    const { server, call } = await waiting(1_000 + 1);
    expect((await call).data?.response).toBe("behind");
    expect(server.last.received.map(({ params }) => params)).toEqual(["paced", "behind"]);
  });

  it("is not sent at the very end of its own time", async () => {
    const { server, call } = await waiting(1_000 - 50);
    expect((await call).error).toMatchObject({ code: "RATE_LIMITED", sent: "no" });
    expect(server.last.received).toEqual([]);
  });
});

describe("the message of a call that was lost", () => {
  it("says how often it was sent, where that was more than once", async () => {
    const { open, server, clock } = stage();
    const session = await open();
    const once = session.call("hold", 1, { timeoutMs: 60_000 });
    const often = session.call("hold", 2, { timeoutMs: 600_000, idempotent: true });
    await clock.advance(0);
    for (let n = 0; n < 4; n += 1) {
      server.last.peer.drop();
      await clock.advance(60_000);
    }
    expect((await once).error?.message).not.toContain("times");
    expect((await often).error?.message).toContain("sent 4 times");
    expect((await often).error?.message).not.toContain("maxMessageBytes");
  });
});
