import { describe, expect, it } from "vitest";
import type { StatsEvent, StatsSink } from "../../src/index.ts";
import { internalsOf } from "../../src/internal.ts";
import { scene } from "../support/scene.ts";

/** A sink that aborts at an event, and the ends that it hears of one kind of operation. */
function aborting(operation: string, at: (event: StatsEvent) => boolean) {
  const controller = new AbortController();
  const ends: string[] = [];
  const statsSink: StatsSink = {
    record(event) {
      if (isOperation(event) && event.operation !== operation) return;
      if (isEnd(event)) ends.push(event.type);
      if (at(event)) controller.abort();
    },
  };
  return { statsSink, signal: controller.signal, ends };
}

function isOperation(event: StatsEvent): event is Extract<StatsEvent, { operationId: number }> {
  return "operationId" in event;
}

function isEnd(event: StatsEvent): event is Extract<StatsEvent, { durationMs: number }> {
  return "durationMs" in event;
}

describe("a receive has one end", () => {
  it.each([
    ["it succeeds", "1", "operation-succeeded"],
    ["it fails", "{bad", "operation-failed"],
  ] as const)("where a sink aborts it when %s", async (_, text, end) => {
    const { statsSink, signal, ends } = aborting("receive", isEnd);
    const { manager, connect } = scene({ statsSink });
    const { connection, channel } = await connect();
    const receiving = manager.receive(connection, { signal });
    channel.deliverText(text);
    await receiving;
    expect(ends).toEqual([end]);
    expect(manager.getStats().errorsCount).toBe(end === "operation-failed" ? 1 : 0);
  });

  it.each(["1", "{bad"])("where a sink aborts it when the message %s comes", async (text) => {
    const { statsSink, signal, ends } = aborting("receive", ({ type }) => type === "message-received");
    const { manager, connect } = scene({ statsSink });
    const { connection, channel } = await connect();
    const receiving = manager.receive(connection, { signal });
    channel.deliverText(text);
    const { success } = await receiving;
    expect(ends).toEqual([success ? "operation-succeeded" : "operation-failed"]);
  });

  it("where a sink aborts it as it ends with its connection", async () => {
    const { statsSink, signal, ends } = aborting("receive", ({ type }) => type === "operation-failed");
    const { manager, connect } = scene({ statsSink });
    const { connection, channel } = await connect();
    const receiving = [1, 2].map(() => manager.receive(connection, { signal }));
    channel.end({ code: 1000, reason: "", clean: true });
    await Promise.all(receiving);
    expect(ends).toEqual(["operation-failed", "operation-failed"]);
    expect(manager.getStats().errorsCount).toBe(2);
  });
});

describe("an operation of what is built on a manager", () => {
  it.each(["succeeds", "fails", "is refused"] as const)(
    "that %s once is over, whatever it is told after",
    async (first) => {
      const { manager, sink } = scene();
      const operation = internalsOf(manager).begin("call", undefined);
      const end = {
        succeeds: () => operation.succeed({}),
        fails: () => operation.fail("ABORTED", "receive", "enough"),
        "is refused": () => operation.refuse("full", { source: "local" }),
      };
      end[first]();
      for (const again of Object.values(end)) again();
      expect(sink.events.filter(isEnd)).toHaveLength(1);
      expect(manager.getStats().errorsCount + manager.getStats().rateLimitedCount).toBe(
        first === "succeeds" ? 0 : 1,
      );
    },
  );

  it("that was started is not rate limited any more: refused, it has failed", async () => {
    const { manager, sink } = scene();
    const operation = internalsOf(manager).begin("call", undefined);
    operation.start("local");
    operation.start("local");
    expect(operation.refuse("full", { source: "local" }).error.code).toBe("RATE_LIMITED");
    expect(sink.events.map(({ type }) => type)).toEqual([
      "operation-called",
      "operation-started",
      "operation-failed",
    ]);
    expect(sink.of("operation-failed")).toMatchObject([{ code: "RATE_LIMITED", phase: "admission" }]);
    expect(manager.getStats()).toMatchObject({ totalOperations: 1, errorsCount: 1, rateLimitedCount: 0 });
  });
});
