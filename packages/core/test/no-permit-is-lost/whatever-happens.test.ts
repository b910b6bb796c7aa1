import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Connection,
  createWebSocketManager,
  type ManagerOptions,
  type Result,
  type StatsEvent,
  serverLimits,
  slidingWindow,
  type WebSocketManager,
} from "../../src/index.ts";
import { type ManualClock, manualClock, type RecordingSink, recordingSink } from "../../src/testing.ts";
import { Ledger, type Mood } from "../support/ledger.ts";
import { type Puppet, puppetTransport } from "../support/puppet.ts";
import { unhandledRejections } from "../support/unhandled.ts";

const moodArb = (moods: fc.Arbitrary<Mood>): fc.Arbitrary<readonly Mood[]> =>
  fc.array(moods, { minLength: 1, maxLength: 20, size: "max" });
const laterArb = fc.record({
  do: fc.constantFrom(
    ...(["answer later", "answer later", "answer later", "fail later", "talk nonsense later"] as const),
  ),
  ms: fc.nat(40),
});
const atOnceArb: fc.Arbitrary<Mood> = fc.oneof(
  { weight: 20, arbitrary: fc.constant({ do: "answer" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "fail" as const }) },
);
const moodsArb = fc.oneof(moodArb(atOnceArb), moodArb(laterArb), moodArb(fc.oneof(atOnceArb, laterArb)));

const stepArb = fc.record({
  do: fc.constantFrom(
    ...(["connect", "connect", "send", "send", "send", "request", "request", "receive"] as const),
    ...(["deliver", "refuse", "drop"] as const),
  ),
  /** Which server, or which of the connections. */
  which: fc.nat(2),
  timeoutMs: fc.constantFrom(0, 1, 20, 100, 500),
  abortAfterMs: fc.option(fc.nat(120), { nil: undefined }),
  passMs: fc.constantFrom(0, 0, 1, 10, 30),
});
type Step = typeof stepArb extends fc.Arbitrary<infer Value> ? Value : never;

const lifeArb = fc.record({
  steps: fc.array(stepArb, { maxLength: 100, size: "max" }),
  moods: moodsArb,
  waits: fc.boolean(),
  limited: fc.boolean(),
  /** Before which step the manager is disposed of. */
  disposedAt: fc.option(fc.nat(99), { nil: undefined }),
});
type Life = typeof lifeArb extends fc.Arbitrary<infer Value> ? Value : never;

const costs = new Map(Object.entries({ connect: 1, send: 1, receive: 1, request: 4 }));

class Run {
  readonly clock: ManualClock = manualClock(1_000);
  readonly sink: RecordingSink = recordingSink();
  readonly transport: Puppet = puppetTransport();
  readonly own: Ledger;
  readonly connects: Ledger[] = [];
  readonly messages: Ledger[] = [];
  readonly manager: WebSocketManager;
  readonly results: Promise<Result<unknown>>[] = [];
  readonly connections: Connection[] = [];
  #refusing = false;
  #moods = 0;

  constructor({ moods, waits, limited }: Life) {
    const ledger = (limit: number, windowMs: number): Ledger =>
      new Ledger(slidingWindow({ limit, windowMs }), this.clock, () => this.#next(moods));
    const kept = (ledgers: Ledger[], limit: number, windowMs: number) => (): Ledger => {
      const made = ledger(limit, windowMs);
      ledgers.push(made);
      return made;
    };
    this.own = ledger(12, 200);
    const limits = serverLimits({
      connect: kept(this.connects, 5, 300),
      message: kept(this.messages, 4, 100),
    });
    const options: ManagerOptions = {
      transport: this.transport,
      clock: this.clock,
      statsSink: this.sink,
      rateLimiter: this.own,
      timeoutMs: 600,
      onLimit: waits ? { wait: 400 } : "reject",
    };
    this.manager = createWebSocketManager(limited ? { ...options, limits } : options);
    this.transport.onOpen = () => {
      if (this.#refusing) throw new Error("no");
    };
  }

  #next(moods: readonly Mood[]): Mood {
    this.#moods += 1;
    return moods[this.#moods % moods.length] ?? { do: "answer" };
  }

  async do({ do: what, which, timeoutMs, abortAfterMs, passMs }: Step): Promise<void> {
    const { manager, transport, clock } = this;
    const controller = new AbortController();
    const { signal } = controller;
    if (abortAfterMs !== undefined) clock.schedule(abortAfterMs, () => controller.abort());
    const url = `ws://h${which}.test/`;
    const connection = this.connections.at(-1 - which);
    if (what === "connect") this.results.push(this.#connect(url, signal));
    else if (what === "request") this.results.push(manager.request(url, 1, { signal, timeoutMs }));
    else if (what === "refuse") this.#refusing = !this.#refusing;
    else if (what === "deliver") transport.channels.at(-1 - which)?.deliver("x");
    else if (what === "drop")
      transport.channels.at(-1 - which)?.end({ code: 1006, reason: "", clean: false });
    else if (connection !== undefined && what === "send")
      this.results.push(manager.send(connection, 1, { signal }));
    else if (connection !== undefined) this.results.push(manager.receive(connection, { signal, timeoutMs }));
    if (passMs > 0) await clock.advance(passMs);
  }

  async #connect(url: string, signal: AbortSignal): Promise<Result<unknown>> {
    const connected = await this.manager.connect(url, { signal });
    if (connected.success) this.connections.push(connected.data.connection);
    return connected;
  }

  /** Permits of those that were started, by what each costs. */
  startedCost(costOf: (operation: string) => number | undefined): number {
    return this.sink
      .of("operation-started")
      .reduce((sum, { operation }) => sum + (costOf(operation) ?? 0), 0);
  }
}

function isEnd(event: StatsEvent): event is Extract<StatsEvent, { durationMs: number }> {
  return "durationMs" in event;
}

function checkPermits(run: Run, { limited }: Life): void {
  const ledgers = [run.own, ...run.connects, ...run.messages];
  expect(ledgers.flatMap(({ faults }) => faults)).toEqual([]);
  const kept = (some: readonly Ledger[]): number => some.reduce((sum, one) => sum + one.kept, 0);
  const started = (...names: readonly string[]): number =>
    run.startedCost((operation) => (names.includes(operation) ? 1 : 0));
  if (limited) {
    expect(kept(run.connects)).toBe(started("connect", "request"));
    expect(kept(run.messages)).toBe(started("send", "request"));
  }
  // What is closed by a disposal counts as well, where there is room.
  const own = run.startedCost((operation) => costs.get(operation));
  const released = run.sink.of("connection-closed").length;
  expect(run.own.kept).toBeGreaterThanOrEqual(own);
  expect(run.own.kept).toBeLessThanOrEqual(own + (run.manager.disposed ? released : 0));
}

function checkEvents({ sink }: Run): void {
  const ends = sink.events.filter(isEnd);
  const called = sink.of("operation-called").map(({ operationId }) => operationId);
  expect(ends.map(({ operationId }) => operationId).sort()).toEqual(called.sort());
  for (const { durationMs, timings, atMs, startedAtMs } of ends) {
    expect(Object.values(timings).reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(durationMs);
    expect(durationMs).toBe(atMs - startedAtMs);
  }
  const started = new Set(sink.of("operation-started").map(({ operationId }) => operationId));
  expect(sink.of("rate-limited").filter(({ operationId }) => started.has(operationId))).toEqual([]);
}

async function live(life: Life): Promise<void> {
  const run = new Run(life);
  for (const [index, step] of life.steps.entries()) {
    if (index === life.disposedAt) void run.manager.dispose();
    await run.do(step);
  }
  await run.clock.advance(5_000);
  await Promise.all(run.results);
  expect(run.clock.referencedTimers).toBe(0);
  checkPermits(run, life);
  checkEvents(run);
  await Promise.all([run.manager.dispose(), run.clock.advance(10_000)]);
}

describe("whatever happens", () => {
  it("the permits that are used up are those of operations that were started, and each operation has one end", async () => {
    const unhandled = unhandledRejections();
    await fc.assert(fc.asyncProperty(lifeArb, live), { numRuns: 300 });
    expect(await unhandled()).toEqual([]);
  }, 60_000);
});
