import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RateLimiter, slidingWindow } from "../../src/index.ts";
import { Ledger, type Mood } from "../support/ledger.ts";
import { QueueStage, type StagedEntry, type StagedLane } from "../support/queue-stage.ts";
import { unhandledRejections } from "../support/unhandled.ts";

const stepArb = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("submit" as const),
      lane: fc.nat(2),
      cost: fc.constantFrom(1, 1, 1, 3),
      reserve: fc.constantFrom(0, 0, 1),
      /** Not taken the first time; or ends while it is admitted, ends another, submits another, empties its lane. */
      mood: fc.constantFrom(
        ...([
          "goes",
          "goes",
          "goes",
          "goes",
          "not taken",
          "ends",
          "ends another",
          "submits",
          "clears",
        ] as const),
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("urgent" as const), lane: fc.nat(2) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("abort" as const), which: fc.nat(20) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("gate" as const), lane: fc.nat(2), open: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("move" as const), lane: fc.nat(2), host: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("clear" as const), lane: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("reset" as const) }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.constantFrom(0, 1, 10, 50, 100, 300) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("freeze" as const), ms: fc.nat(300) }) },
);
type Step = typeof stepArb extends fc.Arbitrary<infer Value> ? Value : never;

const atOnce: fc.Arbitrary<Mood> = fc.constant({ do: "answer" });
const later: fc.Arbitrary<Mood> = fc.record({ do: fc.constant("answer later" as const), ms: fc.nat(20) });
const broken: fc.Arbitrary<Mood> = fc.oneof(
  fc.constant({ do: "fail" as const }),
  fc.record({ do: fc.constantFrom("fail later" as const, "talk nonsense later" as const), ms: fc.nat(20) }),
);
const moodsArb = fc.oneof(
  fc.array(atOnce, { minLength: 1, maxLength: 1 }),
  fc.array(later, { minLength: 1, maxLength: 10 }),
  fc.array(fc.oneof({ weight: 4, arbitrary: atOnce }, { weight: 4, arbitrary: later }, broken), {
    minLength: 1,
    maxLength: 10,
  }),
);

const lifeArb = fc.record({
  steps: fc.array(stepArb, { maxLength: 60, size: "max" }),
  moods: moodsArb,
  maxWaitMs: fc.constantFrom(0, 0, 150, 5_000),
  timeoutMs: fc.constantFrom(200, 3_000),
  maxQueued: fc.constantFrom(0, 2, 100),
  perServer: fc.boolean(),
});
type Life = typeof lifeArb extends fc.Arbitrary<infer Value> ? Value : never;

class Run {
  readonly stage: QueueStage;
  readonly ledgers: Ledger[] = [];
  readonly lanes: readonly StagedLane[];
  readonly entries: StagedEntry[] = [];
  /** Those that are not in their place by the order of submission: urgent ones, and those that asked at once. */
  readonly unordered: Set<string> = new Set();
  readonly laneOf: Map<string, StagedLane> = new Map();
  readonly #moods: readonly Mood[];
  #asked = 0;

  constructor({ moods, maxWaitMs, timeoutMs, maxQueued, perServer }: Life) {
    this.#moods = moods;
    // Read later, when the stage is there.
    const clock = {
      now: () => this.stage.clock.now(),
      schedule: (ms: number, run: () => void) => this.stage.clock.schedule(ms, run),
    };
    const ledger = (limit: number): Ledger => {
      const made = new Ledger(slidingWindow({ limit, windowMs: 100 }), clock, () => this.#mood());
      this.ledgers.push(made);
      return made;
    };
    const options = { own: ledger(4), maxWaitMs, timeoutMs };
    this.stage = new QueueStage(perServer ? { ...options, ofServer: (): RateLimiter => ledger(2) } : options);
    this.lanes = [0, 1, 2].map((n) => this.stage.lane({ host: `h${n % 2}.test`, maxQueued }));
  }

  #mood(): Mood {
    this.#asked += 1;
    return this.#moods[this.#asked % this.#moods.length] ?? { do: "answer" };
  }

  lane(index: number): StagedLane {
    const lane = this.lanes[index];
    if (lane === undefined) throw new Error("there is no such lane");
    return lane;
  }

  entry(lane: StagedLane, terms: { cost?: number; reserve?: number } = {}): StagedEntry {
    const entry = lane.entry(`${this.entries.length}`, terms);
    this.entries.push(entry);
    this.laneOf.set(entry.name, lane);
    return entry;
  }

  submit(lane: StagedLane, entry: StagedEntry): void {
    const ahead = lane.busy;
    lane.submit(entry);
    // Several that ask at once may be answered in any order, and one that was not taken loses no more than its turn.
    if (!ahead || lane.bound.asked > 0) this.unordered.add(entry.name);
  }

  clear(lane: StagedLane): void {
    for (const entry of lane.clear()) {
      for (const own of this.entries) if (own === entry) own.abort();
    }
  }

  async do(step: Step): Promise<void> {
    const { stage } = this;
    if (step.do === "submit") {
      const lane = this.lane(step.lane);
      const entry = this.entry(lane, step);
      entry.onAdmit = () => this.#admitted(step.mood, lane, entry);
      this.submit(lane, entry);
    } else if (step.do === "urgent") {
      const lane = this.lane(step.lane);
      const entry = this.entry(lane);
      this.unordered.add(entry.name);
      lane.submitUrgent(entry);
    } else if (step.do === "abort") this.entries.at(-1 - step.which)?.abort();
    else if (step.do === "gate") this.lane(step.lane).open(step.open);
    else if (step.do === "move") this.lane(step.lane).gate.host = `h${step.host}.test`;
    else if (step.do === "clear") this.clear(this.lane(step.lane));
    else if (step.do === "freeze") stage.clock.freeze(step.ms);
    else if (step.do === "pass") await stage.clock.advance(step.ms);
    else {
      await stage.own.reset();
      stage.queue.retry();
    }
    this.check();
  }

  #admitted(mood: Extract<Step, { do: "submit" }>["mood"], lane: StagedLane, entry: StagedEntry): boolean {
    entry.onAdmit = () => true;
    if (mood === "not taken") {
      lane.gate.open = false;
      this.unordered.add(entry.name);
      return false;
    }
    if (mood === "ends") entry.abort();
    if (mood === "ends another") this.entries.at(-2)?.abort();
    if (mood === "submits") {
      const other = this.entry(lane);
      this.unordered.add(other.name);
      lane.submit(other);
    }
    if (mood === "clears") this.clear(lane);
    return true;
  }

  /** What holds at any moment. */
  check(): void {
    for (const { bound } of this.lanes) {
      expect(bound.waiting).toBeGreaterThanOrEqual(bound.asked);
      expect(bound.asked).toBeGreaterThanOrEqual(0);
      // One may ask that finds nothing waiting.
      expect(bound.waiting).toBeLessThanOrEqual(Math.max(1, bound.maxQueued));
    }
    expect(this.entries.filter(({ outcomes }) => outcomes.length > 1)).toEqual([]);
  }
}

/** Of each lane, those that waited for their turn went in the order in which they came. */
function checkOrder({ stage, laneOf, unordered, lanes }: Run): void {
  for (const lane of lanes) {
    const order = stage.sent.filter((name) => laneOf.get(name) === lane && !unordered.has(name)).map(Number);
    expect(order).toEqual([...order].sort((one, other) => one - other));
  }
}

async function live(life: Life): Promise<void> {
  const run = new Run(life);
  for (const step of life.steps) await run.do(step);
  for (const lane of run.lanes) lane.open();
  await run.stage.clock.advance(20_000);
  run.check();
  checkOrder(run);
  expect(run.entries.map(({ outcomes }) => outcomes.length)).toEqual(run.entries.map(() => 1));
  expect(run.ledgers.flatMap(({ faults }) => faults)).toEqual([]);
  const [own, ...servers] = run.ledgers.map(({ kept }) => kept);
  expect(own).toBe(run.stage.used);
  if (life.perServer) expect(servers.reduce((sum, kept) => sum + kept, 0)).toBe(run.stage.sent.length);
  expect(run.stage.queue.empty).toBe(true);
  expect(run.stage.queue.nextPermitInMs).toBeUndefined();
  expect(run.lanes.map(({ busy, size, bound }) => [busy, size, bound.waiting, bound.asked])).toEqual(
    run.lanes.map(() => [false, 0, 0, 0]),
  );
  expect(run.stage.clock.referencedTimers).toBe(0);
}

describe("whatever happens to the queue", () => {
  it("each entry ends once, in its order, and the permits that are used up are those of entries that went", async () => {
    const unhandled = unhandledRejections();
    await fc.assert(fc.asyncProperty(lifeArb, live), { numRuns: 400 });
    expect(await unhandled()).toEqual([]);
  }, 20_000);
});

/** Several sessions whose entries all find their gates open, and a limiter that answers at once. */
const openArb = fc.record({
  maxWaitMs: fc.constantFrom(0, 50, 120, 50_000),
  limit: fc.integer({ min: 1, max: 4 }),
  /** Which lane they wait in, because its gate was closed. */
  ahead: fc.array(fc.nat(1), { minLength: 1, maxLength: 6 }),
  lane: fc.nat(1),
  later: fc.boolean(),
});

describe("the same entry alone and behind others", () => {
  it("gets the same verdict at the limit, with the same time to wait at most", async () => {
    const unhandled = unhandledRejections();
    await fc.assert(
      fc.asyncProperty(openArb, async ({ maxWaitMs, limit, ahead, lane, later: isLater }) => {
        const verdict = async (others: readonly number[]): Promise<readonly unknown[]> => {
          const inner = slidingWindow({ limit, windowMs: 1_000 });
          const own: RateLimiter = {
            acquire: (cost, options) => {
              const decision = inner.acquire(cost, options);
              return isLater ? Promise.resolve(decision) : decision;
            },
            refund: (cost, decision) => inner.refund(cost, decision),
            usage: (options) => inner.usage(options),
            reset: () => inner.reset(),
          };
          const stage = new QueueStage({ own, maxWaitMs, timeoutMs: 60_000 });
          const lanes = [stage.lane(), stage.lane()];
          inner.acquire(limit, { now: stage.clock.now() });
          for (const one of lanes) one.gate.open = false;
          for (const index of others) lanes[index]?.put("ahead");
          for (const one of lanes) one.open();
          const entry = lanes[lane]?.put("entry");
          await stage.clock.advance(0);
          const atOnce = entry?.failure?.error.retryAfterMs;
          await stage.clock.advance(20_000);
          return [entry?.outcomes, atOnce];
        };
        expect(await verdict(ahead)).toEqual(await verdict([]));
      }),
      { numRuns: 200 },
    );
    expect(await unhandled()).toEqual([]);
  });
});
