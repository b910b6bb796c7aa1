import { execFile } from "node:child_process";
import { tracingChannel } from "node:diagnostics_channel";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { StatsEvent } from "@outsock/core";
import { BoundedMap } from "@outsock/core/adapter";
import { afterEach, expect, it, vi } from "vitest";
import type { OperationContext } from "../src/index.ts";
import { OperationChannels } from "../src/operation-channels.ts";
import { ServerFieldsCache } from "../src/server-fields.ts";
import { collect, collectPlain, scene, unsubscribeAll, url } from "./support/scene.ts";

afterEach(() => {
  unsubscribeAll();
  vi.restoreAllMocks();
});

const of = { operation: "request", correlationId: "c", startedAtMs: 0, atMs: 0 } as const;

function called(operationId: number): Extract<StatsEvent, { type: "operation-called" }> {
  return { ...of, operationId, type: "operation-called", url: "wss://api.example.com" };
}

function ended(operationId: number): Extract<StatsEvent, { type: "operation-succeeded" }> {
  return { ...called(operationId), type: "operation-succeeded", durationMs: 1, timings: {} };
}

it("without a subscriber nothing is kept, read or published", async () => {
  const keep = vi.spyOn(BoundedMap.prototype, "set");
  const parse = vi.spyOn(ServerFieldsCache.prototype, "of");
  const { manager, clock } = scene();
  const pending = manager.request(url, "silence", { timeoutMs: 50 });
  const { data } = await manager.connect(url);
  if (data !== undefined) await manager.close(data.connection);
  await clock.advance(50);
  await pending;
  expect(keep).not.toHaveBeenCalled();
  expect(parse).not.toHaveBeenCalled();
});

it("a subscriber to one operation has a cost for that one only", async () => {
  const keep = vi.spyOn(BoundedMap.prototype, "set");
  collect("send");
  const { manager } = scene();
  await manager.request(url, "hello");
  expect(keep).not.toHaveBeenCalled();
});

it("nothing is kept of an operation that has ended", () => {
  collect("request");
  const channels = new OperationChannels(new ServerFieldsCache());
  channels.called(called(1));
  expect(channels.size).toBe(1);
  channels.ended(ended(1));
  expect(channels.size).toBe(0);
});

it("nothing is kept of an operation whose subscribers have left", () => {
  const published = collect("request");
  const channels = new OperationChannels(new ServerFieldsCache());
  channels.called(called(1));
  unsubscribeAll();
  channels.ended(ended(1));
  expect(channels.size).toBe(0);
  expect(published.map(({ step }) => step)).toEqual(["start", "end"]);
});

it("the number of contexts kept for operations that never end is bounded", () => {
  collect("request");
  const channels = new OperationChannels(new ServerFieldsCache());
  for (let id = 0; id < 10_010; id += 1) channels.called(called(id));
  expect(channels.size).toBe(10_000);
});

it("a subscriber added during an operation gets none of its events", async () => {
  const { manager, clock } = scene();
  const pending = manager.request(url, "silence", { timeoutMs: 3_000 });
  const published = collect("request");
  const refusals = collectPlain("outsock:rate-limited");
  await clock.advance(3_000);
  await pending;
  expect(published).toEqual([]);
  expect(refusals).toEqual([]);
});

it("a second subscriber added during an operation can recognise it by the object", async () => {
  const first = collect("request");
  const { manager, clock } = scene();
  const pending = manager.request(url, "silence", { timeoutMs: 3_000 });
  const spans = new WeakMap<OperationContext, string>();
  const begun: unknown[] = [];
  const ended: unknown[] = [];
  const late = {
    start(context: OperationContext) {
      begun.push(context);
      spans.set(context, "span");
    },
    end: ignore,
    asyncStart: ignore,
    error: ignore,
    asyncEnd: (context: OperationContext) => {
      ended.push(spans.get(context));
    },
  };
  const channel = tracingChannel<unknown, OperationContext>("outsock:request");
  channel.subscribe(late);
  try {
    await clock.advance(3_000);
    await pending;
    await manager.request(url, "hello");
    expect(ended).toEqual([undefined, "span"]);
    expect(begun).toHaveLength(1);
    expect(first.filter(({ step }) => step === "asyncEnd")).toHaveLength(2);
  } finally {
    channel.unsubscribe(late);
  }
});

it("a subscriber may start the next operation", async () => {
  const { manager } = scene();
  const next: Promise<unknown>[] = [];
  const channel = tracingChannel("outsock:request");
  const again = () => {
    if (next.length < 3) next.push(manager.request(url, "again"));
  };
  channel.asyncEnd.subscribe(again);
  const published = collect("request");
  try {
    await manager.request(url, "hello");
    for (let n = 0; n < next.length; n += 1) await next[n];
    expect(published.filter(({ step }) => step === "asyncEnd")).toHaveLength(4);
  } finally {
    channel.asyncEnd.unsubscribe(again);
  }
});

it("a subscriber that throws affects neither results nor other subscribers, and Node raises it as uncaught", async () => {
  const program = `
    import { tracingChannel } from "node:diagnostics_channel";
    import { createWebSocketManager } from "@outsock/core";
    import { diagnosticsStats } from "@outsock/stats-diagnostics";
    import { createMemoryNetwork } from "@outsock/transport-memory";
    const network = createMemoryNetwork();
    network.listen("ws://a.example", (peer) => peer.onMessage((message) => peer.send(message)));
    const manager = createWebSocketManager({ transport: network.transport(), statsSink: diagnosticsStats() });
    const said = [];
    process.on("uncaughtException", (error) => said.push(error.message));
    tracingChannel("outsock:request").start.subscribe(() => { throw new Error("from a subscriber"); });
    tracingChannel("outsock:request").start.subscribe(() => said.push("next"));
    const { success } = await manager.request("ws://a.example", "hello");
    // Node throws it in the next tick.
    await new Promise(setImmediate);
    console.log(JSON.stringify([success, ...said]));
  `;
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const args = ["--conditions=@outsock/source", "--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  expect(JSON.parse(stdout)).toEqual([true, "next", "from a subscriber"]);
});

function ignore(): void {}
