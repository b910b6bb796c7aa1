import { type Result, type StatsEvent, serverLimits } from "@outsock/core";
import { recordingSink } from "@outsock/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AccountingLimiter } from "../support/accounting-limiter.ts";
import { manualStage } from "../support/stage.ts";
import { unhandledRejections } from "../support/unhandled.ts";

const stepArb = fc.record({
  do: fc.constantFrom(
    ...(["echo", "echo", "echo", "hold", "hold", "notify", "notify", "subscribe"] as const),
    ...(["unsubscribe", "drop", "go away", "down", "up", "answer", "slower", "faster"] as const),
  ),
  timeoutMs: fc.constantFrom(20, 50, 200, 800),
  abortAfterMs: fc.option(fc.nat(100), { nil: undefined }),
  idempotent: fc.boolean(),
  passMs: fc.constantFrom(0, 0, 1, 10, 40, 1_000),
});

const lifeArb = fc.record({
  steps: fc.array(stepArb, { maxLength: 80, size: "max" }),
  delayMs: fc.constantFrom(0, 1, 15, 40),
  waits: fc.boolean(),
  maxInFlight: fc.constantFrom(2, 4_096),
  /** How long the session may take to close, and whether it is closed while calls are pending. */
  closing: fc.record({ timeoutMs: fc.constantFrom(0, 10, 300), early: fc.boolean() }),
});

type ValueOf<Arbitrary> = Arbitrary extends fc.Arbitrary<infer Value> ? Value : never;
type Step = ValueOf<typeof stepArb>;
type Life = ValueOf<typeof lifeArb>;

async function begin({ delayMs, waits, maxInFlight }: Life) {
  const sink = recordingSink();
  const limit = new AccountingLimiter(8, 200, delayMs);
  const staged = manualStage({
    statsSink: sink,
    limits: serverLimits({ message: limit }),
    onLimit: waits ? { wait: 500 } : "reject",
    rateLimiter: new AccountingLimiter(100_000, 1_000),
  });
  limit.clock = staged.clock;
  const session = await staged.open({ reserve: 0, drainTimeoutMs: 500, heartbeat: false, maxInFlight });
  const results: Promise<Result<unknown>>[] = [];
  const unsubscribes: (() => void)[] = [];
  const { server, clock } = staged;

  /** Steps other than operations of the session. */
  const happen = (what: Step["do"]): void => {
    const { last } = server;
    if (what === "drop") last.peer.drop();
    else if (what === "go away") last.send({ goAway: true });
    else if (what === "down") server.goDown();
    else if (what === "up") {
      server.goDown();
      server.listen();
    } else if (what === "answer") {
      for (const { id, params } of last.calls("hold")) last.send({ id, result: params });
    } else if (what === "slower") limit.delayMs = 40;
    else if (what === "faster") limit.delayMs = 0;
    else if (what === "unsubscribe") unsubscribes.pop()?.();
  };

  const step = async (n: number, { do: what, timeoutMs, abortAfterMs, idempotent, passMs }: Step) => {
    const controller = new AbortController();
    const { signal } = controller;
    if (abortAfterMs !== undefined) clock.schedule(abortAfterMs, () => controller.abort());
    if (what === "echo" || what === "hold") {
      results.push(session.call(what, n, { signal, timeoutMs, idempotent }));
    } else if (what === "notify") {
      results.push(session.notify("note", n, { signal }));
    } else if (what === "subscribe") {
      const subscribing = session.subscribe(`news ${n}`, {}, { signal });
      results.push(subscribing);
      void subscribing.then(({ data }) => {
        if (data !== undefined) unsubscribes.push(() => void data.subscription.close());
      });
    } else happen(what);
    if (passMs > 0) await clock.advance(passMs);
  };
  return { ...staged, sink, limit, session, results, step };
}

function isEnd(event: StatsEvent): event is Extract<StatsEvent, { durationMs: number }> {
  return "durationMs" in event;
}

function checkEvents(events: readonly StatsEvent[]): void {
  const ends = events.filter(isEnd);
  const idsOf = (type: StatsEvent["type"]): readonly number[] =>
    events.flatMap((event) => (event.type === type && "operationId" in event ? [event.operationId] : []));
  expect(ends.map(({ operationId }) => operationId).sort()).toEqual([...idsOf("operation-called")].sort());
  const started = new Set(idsOf("operation-started"));
  expect(started.size).toBe(idsOf("operation-started").length);
  expect(idsOf("rate-limited").filter((id) => started.has(id))).toEqual([]);
  for (const { timings, durationMs } of ends)
    expect(Object.values(timings).reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(durationMs);
}

async function live(life: Life): Promise<void> {
  const { clock, session, results, step, sink, limit, end } = await begin(life);
  for (const [index, one] of life.steps.entries()) await step(index, one);
  const close = (): void => void session.close({ timeoutMs: life.closing.timeoutMs });
  if (life.closing.early) close();
  await clock.advance(20_000);
  close();
  await clock.advance(10_000);
  await Promise.all(results);
  expect(limit.faults).toEqual([]);
  expect(limit.kept).toBe(sink.of("message-sent").length);
  checkEvents(sink.events);
  expect(session.getStats()).toMatchObject({ inFlight: 0, queued: 0, subscriptions: 0 });
  await end();
}

describe("whatever happens to a session", () => {
  it("Each sent message uses exactly one permit, and every other permit is refunded", async () => {
    const unhandled = unhandledRejections();
    await fc.assert(fc.asyncProperty(lifeArb, live), { numRuns: 150 });
    expect(await unhandled()).toEqual([]);
  }, 60_000);
});
