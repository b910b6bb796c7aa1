import type { StatsEvent, StatsSink } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { stage } from "../support/stage.ts";

/** A sink that aborts at an event of a call, and records the events of each call. */
function aborting(at: StatsEvent["type"]) {
  const controller = new AbortController();
  const heard = new Map<number, string[]>();
  const statsSink: StatsSink = {
    record(event) {
      if (!("operation" in event) || event.operation !== "call") return;
      const { operationId, type } = event;
      heard.set(operationId, [...(heard.get(operationId) ?? []), type]);
      if (type === at) controller.abort();
    },
  };
  return { statsSink, signal: controller.signal, calls: () => [...heard.values()] };
}

const aborted = ["operation-called", "operation-started", "operation-failed"];

describe("a call that a sink aborts as it starts", () => {
  it("It is not sent and ends once", async () => {
    const { statsSink, signal, calls } = aborting("operation-started");
    const { open, server, clock } = stage({ statsSink });
    const session = await open();
    const call = session.call("echo", 1, { signal });
    await clock.advance(1);
    expect((await call).error).toMatchObject({ code: "ABORTED", sent: "no" });
    expect(server.allReceived("echo")).toEqual([]);
    expect(calls()).toEqual([aborted]);
    expect(session.getStats()).toMatchObject({ inFlight: 0, queued: 0 });
  });

  it("It is not sent from the queue either, and does not block the calls behind it", async () => {
    const { statsSink, signal, calls } = aborting("operation-started");
    const { open, server, clock } = stage({ statsSink });
    const session = await open();
    server.last.peer.drop();
    await clock.advance(1);
    const first = session.call("echo", 1, { signal, timeoutMs: 20_000 });
    const second = session.call("echo", 2, { timeoutMs: 20_000 });
    await clock.advance(10_000);
    expect((await first).error).toMatchObject({ code: "ABORTED", sent: "no" });
    expect((await second).data?.response).toBe(2);
    expect(server.allReceived("echo").map(({ params }) => params)).toEqual([2]);
    expect(calls()[0]).toEqual(aborted);
    expect(session.getStats()).toMatchObject({ inFlight: 0, queued: 0 });
  });

  it("Its permit is refunded", async () => {
    for (const queued of [false, true]) {
      const { statsSink, signal } = aborting("operation-started");
      const refunds: number[] = [];
      const decision = { allowed: true, limit: 9, remaining: 9, resetAfterMs: 0, source: "local" } as const;
      const { open, server, clock } = stage({
        statsSink,
        rateLimiter: {
          acquire: () => decision,
          refund: (cost) => void refunds.push(cost),
          usage: () => ({ used: 0, limit: 9, windowMs: 1_000 }),
          reset: () => undefined,
        },
      });
      const session = await open();
      if (queued) server.last.peer.drop();
      await clock.advance(1);
      const call = session.call("echo", 1, { signal });
      await clock.advance(5_000);
      expect((await call).error?.code).toBe("ABORTED");
      expect(refunds).toEqual([1]);
    }
  });
});

describe("calls that end together, when a sink aborts the rest at the first", () => {
  it("Each ends once with its connection", async () => {
    const { statsSink, signal, calls } = aborting("operation-failed");
    const { open, server, clock, manager } = stage({ statsSink });
    const session = await open();
    const held = [1, 2, 3].map((n) => session.call("hold", n, { signal }));
    await clock.advance(1);
    server.last.peer.drop();
    await clock.advance(1);
    await Promise.all(held);
    expect(calls()).toEqual([aborted, aborted, aborted]);
    expect(manager.getStats().errorsCount).toBe(3);
  });

  it("Each ends once in the queue with its session", async () => {
    const { statsSink, signal, calls } = aborting("operation-failed");
    const { open, server, clock } = stage({ statsSink });
    const session = await open();
    server.last.peer.drop();
    await clock.advance(1);
    const held = [1, 2, 3].map((n) => session.call("hold", n, { signal }));
    await clock.advance(1);
    void session.close({ timeoutMs: 0 });
    await clock.advance(5_000);
    await Promise.all(held);
    const unstarted = ["operation-called", "operation-failed"];
    expect(calls()).toEqual([unstarted, unstarted, unstarted]);
  });
});
