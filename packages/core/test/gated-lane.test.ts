import { describe, expect, it } from "vitest";
import { type RateDecision, type RateLimiter, slidingWindow } from "../src/index.ts";
import { altered, granted, held, saying } from "./support/limiters.ts";
import { QueueStage, type StagedEntry } from "./support/queue-stage.ts";

const refused = { ...granted, allowed: false, retryAfterMs: 100 } as const satisfies RateDecision;
const never = new Promise<RateDecision>(() => undefined);
const plenty = (): RateLimiter => slidingWindow({ limit: 1_000 });
const codes = (entries: readonly StagedEntry[]) => entries.map(({ outcomes }) => outcomes);

describe("a gated lane", () => {
  it("admits at once what finds the gate open and nothing ahead", () => {
    const lane = new QueueStage({ own: plenty() }).lane();
    expect(lane.put("a").outcomes).toEqual(["sent"]);
    expect([lane.size, lane.busy, lane.bound.waiting, lane.bound.asked]).toEqual([0, false, 0, 0]);
  });

  it("keeps what finds the gate closed, and lets it go in order when the gate opens", () => {
    const stage = new QueueStage({ own: plenty() });
    const lane = stage.lane();
    lane.gate.open = false;
    const entries = ["a", "b", "c"].map((name) => lane.put(name));
    expect([lane.size, lane.busy, stage.sent]).toEqual([3, true, []]);
    lane.open();
    expect(stage.sent).toEqual(["a", "b", "c"]);
    expect(codes(entries)).toEqual([["sent"], ["sent"], ["sent"]]);
    expect([lane.size, lane.bound.waiting, stage.queue.empty]).toEqual([0, 0, true]);
  });

  it("paces what found the gate closed by the limit, even under reject", async () => {
    const stage = new QueueStage();
    const lane = stage.lane();
    lane.gate.open = false;
    for (const name of ["a", "b", "c"]) lane.put(name);
    lane.open();
    expect(stage.sent).toEqual(["a"]);
    expect(stage.queue.nextPermitInMs).toBe(100);
    await stage.clock.advance(100);
    expect(stage.sent).toEqual(["a", "b"]);
    await stage.clock.advance(100);
    expect(stage.sent).toEqual(["a", "b", "c"]);
    expect(stage.queue.nextPermitInMs).toBeUndefined();
    expect(stage.clock.referencedTimers).toBe(0);
  });

  it("lets urgent entries go first, in their order, and without counting them", () => {
    const stage = new QueueStage({ own: plenty() });
    const lane = stage.lane({ maxQueued: 1 });
    lane.gate.open = false;
    lane.put("a");
    for (const name of ["u", "v"]) lane.submitUrgent(lane.entry(name));
    expect([lane.size, lane.bound.waiting]).toEqual([3, 1]);
    lane.open();
    expect(stage.sent).toEqual(["u", "v", "a"]);
  });

  it("moves an entry that becomes urgent, and counts it no more", () => {
    const stage = new QueueStage({ own: plenty() });
    const lane = stage.lane();
    lane.gate.open = false;
    const [, second] = [lane.put("a"), lane.put("b")];
    lane.submitUrgent(second);
    lane.submitUrgent(second);
    expect([lane.size, lane.bound.waiting]).toEqual([2, 1]);
    lane.open();
    expect(stage.sent).toEqual(["b", "a"]);
    expect(lane.bound.waiting).toBe(0);
  });

  it("lets nothing go before the first entry, when that becomes urgent", () => {
    let answer: RateDecision = refused;
    const stage = new QueueStage({ own: saying(() => answer) });
    const lane = stage.lane();
    lane.gate.open = false;
    const [first] = [lane.put("a"), lane.put("b")];
    lane.open();
    answer = granted;
    lane.submitUrgent(first);
    lane.retry();
    expect(stage.sent).toEqual(["a", "b"]);
  });

  it("refuses what would wait beyond its bound", () => {
    const stage = new QueueStage({ own: plenty() });
    const lane = stage.lane({ maxQueued: 2 });
    lane.gate.open = false;
    const entries = ["a", "b", "c"].map((name) => lane.put(name));
    expect(codes(entries)).toEqual([[], [], ["BACKPRESSURE"]]);
    entries[0]?.abort();
    expect(lane.put("d").outcomes).toEqual([]);
    expect(lane.put("e").outcomes).toEqual(["BACKPRESSURE"]);
  });

  it("with maxQueued 0 lets go what need not wait, and refuses the rest", () => {
    const stage = new QueueStage();
    const lane = stage.lane({ maxQueued: 0 });
    expect(lane.put("a").outcomes).toEqual(["sent"]);
    expect(lane.put("b").outcomes).toEqual(["RATE_LIMITED"]);
    lane.gate.open = false;
    expect(lane.put("c").outcomes).toEqual(["BACKPRESSURE"]);
    expect(lane.bound).toEqual({ maxQueued: 0, waiting: 0, asked: 0 });
  });

  it("with maxQueued 0 says that the limit is reached to what cannot wait for it, and keeps nothing of what it refuses", () => {
    const stage = new QueueStage({ own: slidingWindow({ limit: 4, windowMs: 100 }), maxWaitMs: 1_000 });
    const lane = stage.lane({ maxQueued: 0 });
    lane.put("a");
    expect(lane.put("large", { cost: 4 }).outcomes).toEqual(["BACKPRESSURE"]);
    expect(lane.put("small").outcomes).toEqual(["sent"]);
    const hasty = new QueueStage({ maxWaitMs: 50 }).lane({ maxQueued: 0 });
    hasty.put("a");
    expect(hasty.put("b").outcomes).toEqual(["RATE_LIMITED"]);
  });

  it("asks a limiter that answers later for one entry at a time, whichever leave", async () => {
    const own = held(plenty());
    const stage = new QueueStage({ own });
    const lane = stage.lane();
    lane.gate.open = false;
    const [, second] = [lane.put("a"), lane.put("b"), lane.put("c")];
    lane.open();
    second.abort();
    lane.retry();
    expect(own.asked).toBe(1);
    await own.answer();
    await own.answer();
    expect(stage.sent).toEqual(["a", "c"]);
  });

  it("asks for no entry again that is just being admitted", async () => {
    const own = held(plenty());
    const stage = new QueueStage({ own });
    const lane = stage.lane();
    lane.gate.open = false;
    const entry = lane.put("a");
    let asked: number | undefined;
    entry.onAdmit = () => {
      lane.advance();
      asked = own.asked;
    };
    lane.open();
    await own.answer();
    expect([stage.sent, asked, own.asked]).toEqual([["a"], 0, 0]);
  });

  it("lets the next one go where the first one ended while its limiter was asked", () => {
    let during: (() => void) | undefined;
    const inner = plenty();
    const own = altered(inner, {
      acquire(cost, options) {
        during?.();
        return inner.acquire(cost, options);
      },
    });
    const stage = new QueueStage({ own });
    const lane = stage.lane();
    lane.gate.open = false;
    const [first] = [lane.put("a"), lane.put("b")];
    during = () => first.abort();
    lane.open();
    expect([stage.sent, inner.usage({ now: 1_000 }).used]).toEqual([["b"], 1]);
  });

  it("lets the next one go where a limiter ends the first one and never answers", () => {
    let end: (() => void) | undefined;
    const stage = new QueueStage({
      own: saying(() => {
        if (end === undefined) return granted;
        end();
        end = undefined;
        return never;
      }),
    });
    const lane = stage.lane();
    lane.gate.open = false;
    const first = lane.put("first");
    lane.put("second");
    end = () => first.abort();
    lane.open();
    expect([first.outcomes, stage.sent]).toEqual([["ABORTED"], ["second"]]);
  });

  it("ends an entry once that its limiter ends and then fails for", () => {
    let during: (() => void) | undefined;
    const own = saying(() => {
      during?.();
      throw new Error("store away");
    });
    const stage = new QueueStage({ own });
    const lane = stage.lane();
    lane.gate.open = false;
    const first = lane.put("a");
    during = () => first.abort();
    lane.open();
    expect([first.outcomes, lane.size, stage.queue.empty]).toEqual([["ABORTED"], 0, true]);
  });

  it("empties at once, and lets nothing go meanwhile", async () => {
    const own = held(plenty());
    const stage = new QueueStage({ own });
    const lane = stage.lane();
    const asked = lane.put("asked");
    lane.gate.open = false;
    const first = lane.put("first");
    const second = lane.put("second");
    lane.open();
    const urgent = lane.entry("urgent");
    lane.submitUrgent(urgent);
    expect(own.asked).toBe(2);
    expect(lane.clear()).toEqual([urgent, first, second, asked]);
    expect([lane.size, lane.busy, lane.bound.waiting, lane.bound.asked]).toEqual([0, false, 0, 0]);
    expect([own.asked, stage.queue.empty]).toEqual([2, true]);
    await own.answer();
    expect([stage.sent, own.usage({ now: 1_000 }).used]).toEqual([[], 0]);
  });

  it("that is emptied while its limiter answers at once asks it for none of them", () => {
    let asked = 0;
    const inner = plenty();
    let answer: Promise<RateDecision> | undefined = new Promise(() => undefined);
    const own = altered(inner, {
      acquire(cost, options) {
        asked += 1;
        return answer ?? inner.acquire(cost, options);
      },
    });
    const stage = new QueueStage({ own });
    const lane = stage.lane();
    lane.gate.open = false;
    lane.put("first");
    lane.put("second");
    lane.open();
    lane.submitUrgent(lane.entry("urgent"));
    answer = undefined;
    lane.clear();
    expect([asked, stage.sent, inner.usage({ now: 1_000 }).used]).toEqual([1, [], 0]);
  });

  it("gives its turn to other lanes when it is emptied", () => {
    let answer: RateDecision = refused;
    const stage = new QueueStage({ own: saying(() => answer) });
    const [one, other] = [stage.lane(), stage.lane()];
    for (const lane of [one, other]) {
      lane.gate.open = false;
      lane.put(lane === one ? "one" : "other");
      lane.open();
    }
    answer = granted;
    one.clear();
    expect(stage.sent).toEqual(["other"]);
  });

  it("fails what its limiter fails for", async () => {
    const cause = new Error("store away");
    const answers = [
      () => {
        throw cause;
      },
      () => Promise.reject(cause),
    ];
    for (const own of answers.map(saying)) {
      const stage = new QueueStage({ own });
      const lane = stage.lane();
      const alone = lane.put("alone");
      await stage.clock.advance(0);
      expect(alone.failure?.error).toMatchObject({ code: "RATE_LIMITED", cause });
      lane.gate.open = false;
      const queued = [lane.put("a"), lane.put("b")];
      lane.open();
      await stage.clock.advance(0);
      expect(queued.map(({ failure }) => failure?.error.cause)).toEqual([cause, cause]);
      expect([lane.busy, lane.bound.waiting, stage.queue.empty]).toEqual([false, 0, true]);
    }
  });

  it("fails what finds no limiter", () => {
    const stage = new QueueStage({
      ofServer: () => {
        throw new Error("no limiter");
      },
    });
    const lane = stage.lane();
    expect(lane.put("a").failure?.error).toMatchObject({ code: "RATE_LIMITED", retryable: false });
    lane.gate.open = false;
    const queued = lane.put("b");
    lane.open();
    expect(queued.outcomes).toEqual(["RATE_LIMITED"]);
    expect(lane.busy).toBe(false);
  });
});

describe("an entry that asks without waiting", () => {
  it("waits for a limiter that answers later, and counts meanwhile", async () => {
    const own = held(plenty());
    const stage = new QueueStage({ own });
    const lane = stage.lane({ maxQueued: 2 });
    const entries = ["a", "b", "c"].map((name) => lane.put(name));
    expect([lane.size, lane.busy, lane.bound.waiting, own.asked]).toEqual([0, true, 2, 2]);
    await own.answer();
    expect(codes(entries)).toEqual([["sent"], ["sent"], ["BACKPRESSURE"]]);
    expect([lane.busy, lane.bound.waiting, own.usage({ now: 1_000 }).used]).toEqual([false, 0, 2]);
  });

  it("gives back the permit that comes after it left", async () => {
    const own = held(plenty());
    const stage = new QueueStage({ own });
    const lane = stage.lane();
    const entry = lane.put("a");
    entry.abort();
    expect([lane.busy, lane.bound.waiting]).toEqual([false, 0]);
    await own.answer();
    expect([entry.outcomes, own.usage({ now: 1_000 }).used]).toEqual([["ABORTED"], 0]);
  });

  it("is over once, where its limiter fails after it left", async () => {
    let fail: ((cause: unknown) => void) | undefined;
    const own = saying(() => new Promise((_, reject) => (fail = reject)));
    const lane = new QueueStage({ own }).lane();
    const entry = lane.put("a");
    entry.abort();
    fail?.(new Error("late"));
    await new Promise(setImmediate);
    expect(entry.outcomes).toEqual(["ABORTED"]);
  });

  it("waits in its place with a permit that came when the gate was closed, and needs another one then", async () => {
    const inner = plenty();
    const own = held(inner);
    const stage = new QueueStage({ own });
    const lane = stage.lane();
    lane.put("a");
    lane.gate.open = false;
    await own.answer();
    expect([lane.size, lane.bound.waiting, lane.bound.asked, inner.usage({ now: 1_000 }).used]).toEqual([
      1, 1, 0, 0,
    ]);
    lane.open();
    await own.answer();
    expect([stage.sent, inner.usage({ now: 1_000 }).used, lane.bound.waiting]).toEqual([["a"], 1, 0]);
  });

  it("is paced, and not refused, once its permit came when the gate was closed", async () => {
    const inner = slidingWindow({ limit: 1, windowMs: 100 });
    const own = held(inner);
    const stage = new QueueStage({ own });
    const lane = stage.lane();
    const entry = lane.put("a");
    lane.gate.open = false;
    await own.answer();
    inner.acquire(1, { now: 1_000 });
    lane.open();
    await own.answer();
    expect([entry.outcomes, lane.size]).toEqual([[], 1]);
  });

  it("does not use a permit of one server for another", async () => {
    const made = new Map<string, RateLimiter>();
    const own = held(plenty());
    const stage = new QueueStage({
      own,
      ofServer(host) {
        const limiter = slidingWindow({ limit: 5 });
        made.set(host, limiter);
        return limiter;
      },
    });
    const lane = stage.lane();
    lane.put("a");
    lane.gate.host = "b.test";
    await own.answer();
    await own.answer();
    expect(stage.sent).toEqual(["a"]);
    expect([
      made.get("a.test")?.usage({ now: 1_000 }).used,
      made.get("b.test")?.usage({ now: 1_000 }).used,
    ]).toEqual([0, 1]);
  });

  it("waits where no limiter is left when its permit comes", async () => {
    let fails = false;
    const own = held(plenty());
    const stage = new QueueStage({ own });
    const lane = stage.lane();
    const entry = lane.put("a");
    const { limiters } = stage;
    const of = limiters.of;
    Object.assign(limiters, {
      of: () => {
        if (fails) throw new Error("no limiter");
        return of({});
      },
    });
    fails = true;
    await own.answer();
    expect(entry.outcomes).toEqual(["RATE_LIMITED"]);
    expect(own.usage({ now: 1_000 }).used).toBe(0);
  });

  it("does not overtake with a late permit what is in the queue", async () => {
    const own = held(slidingWindow({ limit: 1, windowMs: 100 }));
    const stage = new QueueStage({ own });
    const lane = stage.lane();
    lane.put("late");
    lane.gate.open = false;
    lane.put("first");
    lane.gate.open = true;
    await own.answer();
    await own.answer();
    expect(stage.sent).toEqual(["first"]);
    expect(lane.size).toBe(1);
    await stage.clock.advance(10_000);
    expect(stage.clock.referencedTimers).toBe(0);
  });

  it.each(["at once", "later"])(
    "stays in the queue where it cannot go after all, with a limiter that answers %s",
    async (when) => {
      const inner = plenty();
      const own = held(inner);
      const stage = new QueueStage({ own: when === "later" ? own : inner });
      const lane = stage.lane();
      const entry = lane.entry("a");
      entry.onAdmit = () => {
        lane.gate.open = false;
        return false;
      };
      lane.submit(entry);
      if (when === "later") await own.answer();
      expect([lane.size, lane.bound.waiting, lane.bound.asked, inner.usage({ now: 1_000 }).used]).toEqual([
        1, 1, 0, 0,
      ]);
      entry.onAdmit = () => undefined;
      lane.open();
      if (when === "later") await own.answer();
      expect([stage.sent, inner.usage({ now: 1_000 }).used]).toEqual([["a"], 1]);
    },
  );

  it.each(["its limiter is asked", "its limiter fails", "it is admitted"])(
    "is not put into the queue where it ended while %s",
    (when) => {
      for (const maxWaitMs of [0, 1_000]) {
        let during: (() => void) | undefined;
        const inner = slidingWindow({ limit: 1, windowMs: 100 });
        const own = altered(inner, {
          acquire(cost, options) {
            if (when !== "it is admitted") during?.();
            if (when === "its limiter fails") throw new Error("store away");
            return inner.acquire(cost, options);
          },
        });
        if (when !== "it is admitted") inner.acquire(1, { now: 1_000 });
        const stage = new QueueStage({ own, maxWaitMs });
        const lane = stage.lane();
        const entry = lane.entry("a");
        during = () => entry.abort();
        entry.onAdmit = () => {
          during?.();
          return false;
        };
        const before = inner.usage({ now: 1_000 }).used;
        lane.submit(entry);
        expect(entry.outcomes).toEqual(["ABORTED"]);
        expect([lane.busy, lane.bound.waiting, lane.bound.asked, stage.queue.empty]).toEqual([
          false,
          0,
          0,
          true,
        ]);
        expect(inner.usage({ now: 1_000 }).used).toBe(before);
        expect(stage.clock.referencedTimers).toBe(0);
      }
    },
  );

  it.each(["at once", "from the queue"])(
    "can be put first while it is admitted %s, and is there once",
    (from) => {
      const stage = new QueueStage({ own: plenty() });
      const lane = stage.lane();
      const entry = lane.entry("a");
      lane.gate.open = from === "at once";
      let times = 0;
      // As a call does that is lost while the socket takes it.
      lane.submit({
        ...entry,
        operation: entry.operation,
        cost: 1,
        reserve: 0,
        signal: undefined,
        waitUntil: () => undefined,
        refuse: () => undefined,
        admit() {
          times += 1;
          if (times > 1) return true;
          lane.gate.open = false;
          lane.submitUrgent(this);
          return true;
        },
      });
      lane.open(from === "from the queue" || lane.gate.open);
      expect([times, lane.size, lane.bound.waiting, lane.bound.asked]).toEqual([1, 1, 0, 0]);
      lane.open();
      expect([times, lane.size, lane.busy]).toEqual([2, 0, false]);
    },
  );
});

describe("under reject", () => {
  it("what is behind others is refused when they are, as it would be alone", async () => {
    const own = held(slidingWindow({ limit: 1, windowMs: 100 }));
    const stage = new QueueStage({ own });
    const lane = stage.lane();
    lane.gate.open = false;
    const waiting = [lane.put("a"), lane.put("b")];
    lane.open();
    // The limiter has not answered for the first one.
    const behind = [lane.put("c"), lane.put("d")];
    await stage.clock.advance(20);
    expect(codes(behind)).toEqual([[], []]);
    await own.answer();
    expect(codes(behind)).toEqual([[], []]);
    await own.answer();
    expect(codes(behind)).toEqual([["RATE_LIMITED"], ["RATE_LIMITED"]]);
    expect(behind[0]?.failure?.error).toMatchObject({ retryAfterMs: 80 });
    expect(behind[0]?.failure?.error.message).toContain("onLimit: { wait }");
    expect(codes(waiting)).toEqual([["sent"], []]);
    expect(lane.bound.waiting).toBe(1);
  });

  it("what is behind others goes where there is room, however long the limiter takes", async () => {
    const own = held(plenty());
    const stage = new QueueStage({ own });
    const lane = stage.lane();
    lane.gate.open = false;
    lane.put("a");
    lane.open();
    const behind = lane.put("b");
    await stage.clock.advance(5_000);
    expect(behind.outcomes).toEqual([]);
    await own.answer();
    await own.answer();
    expect(stage.sent).toEqual(["a", "b"]);
  });

  it("what is begun when one is refused behind others goes at once", async () => {
    const own = held(slidingWindow({ limit: 1, windowMs: 100 }));
    const stage = new QueueStage({ own });
    const lane = stage.lane();
    lane.gate.open = false;
    for (const name of ["a", "b"]) lane.put(name);
    lane.open();
    const behind = lane.put("c");
    let begun: StagedEntry | undefined;
    behind.onRefuse = () => {
      begun ??= stage.lane().put("d");
    };
    await own.answer();
    await own.answer();
    expect([behind.outcomes, begun?.outcomes, own.asked]).toEqual([["RATE_LIMITED"], ["RATE_LIMITED"], 0]);
  });

  it("each lane asks for one at a time, also when one behind others is refused", async () => {
    const servers = new Map<string, ReturnType<typeof held>>();
    const stage = new QueueStage({
      own: plenty(),
      ofServer(host) {
        const limiter = held(slidingWindow({ limit: 1, windowMs: 100 }));
        servers.set(host, limiter);
        return limiter;
      },
    });
    const lanes = ["a.test", "b.test", "c.test"].map((host) => stage.lane({ host }));
    for (const lane of lanes) lane.gate.open = false;
    const [one, two, three] = lanes;
    for (const lane of [one, one, two, three]) lane?.put("paced");
    for (const lane of lanes) lane.gate.open = true;
    stage.queue.advance();
    const behind = one?.put("behind");
    const asked = (): (number | undefined)[] => lanes.map(({ gate }) => servers.get(gate.host)?.asked);
    await servers.get("a.test")?.answer();
    expect([stage.sent.length, asked()]).toEqual([1, [1, 1, 1]]);
    await servers.get("a.test")?.answer();
    expect([behind?.outcomes, asked()]).toEqual([["RATE_LIMITED"], [0, 1, 1]]);
  });

  it("the first of a lane is refused for what another lane met at the manager's own limit", async () => {
    let answer: RateDecision | Promise<RateDecision> = new Promise(() => undefined);
    const stage = new QueueStage({ own: saying(() => answer) });
    const [one, other] = [stage.lane(), stage.lane()];
    one.gate.open = false;
    const blocking = one.put("blocking");
    const paced = one.put("paced");
    const ahead = other.entry("ahead");
    one.open();
    other.gate.open = false;
    other.submit(ahead);
    other.gate.open = true;
    const impatient = other.put("impatient");
    ahead.abort();
    expect(impatient.outcomes).toEqual([]);
    answer = refused;
    blocking.abort();
    expect(codes([paced, impatient])).toEqual([[], ["RATE_LIMITED"]]);
    expect([other.busy, one.size]).toEqual([false, 1]);
  });

  it("what met the limit behind others is refused even where the gate has closed meanwhile", async () => {
    const own = held(slidingWindow({ limit: 1, windowMs: 100 }));
    const stage = new QueueStage({ own });
    const [lane, other] = [stage.lane(), stage.lane()];
    lane.gate.open = false;
    const paced = lane.put("a");
    lane.open();
    const behind = lane.put("b");
    lane.open(false);
    await own.answer();
    other.gate.open = false;
    other.put("c");
    other.put("d");
    other.open();
    await own.answer();
    await own.answer();
    expect([stage.sent, paced.outcomes, behind.outcomes]).toEqual([["c"], [], ["RATE_LIMITED"]]);
  });

  it.each([100, 150])("a refusal that is no longer true after %i ms refuses nothing", async (ms) => {
    const stage = new QueueStage();
    const lane = stage.lane();
    lane.gate.open = false;
    lane.put("a");
    lane.put("b");
    lane.open();
    // The timer is late.
    stage.clock.freeze(ms);
    const behind = lane.put("c");
    expect([stage.sent, behind.outcomes]).toEqual([["a", "b"], ["RATE_LIMITED"]]);
    expect(behind.failure?.error.retryAfterMs).toBe(100);
    stage.clock.freeze(100);
    expect(lane.put("d").outcomes).toEqual(["sent"]);
  });
});

describe("calls of several sessions", () => {
  it.each([0, 1_000])(
    "do not overtake each other at the manager's own limit, with a wait of %i ms",
    async (maxWaitMs) => {
      const stage = new QueueStage({ maxWaitMs });
      const [paced, flood] = [stage.lane(), stage.lane()];
      paced.gate.open = false;
      for (const name of ["a", "b", "c"]) paced.put(name);
      paced.open();
      for (let at = 0; at < 3; at += 1) {
        // The permit is free, and the timer has not fired.
        stage.clock.freeze(100);
        flood.put(`flood ${at}`);
      }
      expect(stage.sent).toEqual(["a", "b", "c", maxWaitMs > 0 ? "flood 0" : "flood 2"]);
    },
  );

  it("do not overtake what asks for the same server's permits", async () => {
    const stage = new QueueStage({
      own: plenty(),
      ofServer: () => slidingWindow({ limit: 1, windowMs: 100 }),
      maxWaitMs: 1_000,
    });
    const [one, other] = [stage.lane(), stage.lane()];
    one.gate.open = false;
    for (const name of ["a", "b"]) one.put(name);
    one.open();
    stage.clock.freeze(100);
    other.put("c");
    expect(stage.sent).toEqual(["a", "b"]);
    await stage.clock.advance(100);
    expect(stage.sent).toEqual(["a", "b", "c"]);
  });

  it("go at once where only another server's limit is reached, or only the reserve is used", () => {
    const stage = new QueueStage({
      own: slidingWindow({ limit: 3 }),
      ofServer: (host) => slidingWindow({ limit: host === "a.test" ? 1 : 5 }),
    });
    const [one, other] = [stage.lane(), stage.lane({ host: "b.test", maxQueued: 0 })];
    one.gate.open = false;
    for (const name of ["a1", "a2"]) one.put(name);
    one.open();
    expect(other.put("b1").outcomes).toEqual(["sent"]);
    one.put("x").abort();
    const reserved = stage.lane({ host: "c.test" });
    reserved.gate.open = false;
    reserved.put("c", { reserve: 2 });
    reserved.open();
    expect(other.put("b2").outcomes).toEqual(["sent"]);
    expect(stage.sent).toEqual(["a1", "b1", "b2"]);
  });

  it("wait for the answer to one that waited before them, where the timer is late", async () => {
    const own = held(slidingWindow({ limit: 1, windowMs: 100 }));
    const stage = new QueueStage({ own, maxWaitMs: 1_000 });
    const [one, other] = [stage.lane(), stage.lane()];
    one.gate.open = false;
    for (const name of ["a", "b"]) one.put(name);
    one.open();
    await own.answer();
    await own.answer();
    stage.clock.freeze(150);
    other.put("c");
    // The limiter is asked for the one that waited first.
    expect([stage.sent, own.asked, other.size]).toEqual([["a"], 2, 1]);
    expect(other.bound).toMatchObject({ waiting: 1, asked: 0 });
    await own.answer();
    expect(stage.sent).toEqual(["a", "b"]);
  });

  it.each(["the manager's own limiter", "a limiter of its server"])(
    "are not held up by another session for which %s never answers",
    async (which) => {
      let hangs = true;
      const hanging = saying(() => (hangs ? never : granted));
      const ownHangs = which.startsWith("the manager");
      const stage = new QueueStage({
        own: ownHangs ? hanging : plenty(),
        ofServer: (host) => (host === "a.test" && !ownHangs ? hanging : plenty()),
      });
      const [one, other] = [stage.lane(), stage.lane({ host: "b.test" })];
      for (const lane of [one, other]) lane.gate.open = false;
      const hung = one.put("hung");
      for (const name of ["b", "c"]) other.put(name);
      one.open();
      hangs = false;
      other.open();
      await stage.clock.advance(0);
      expect([stage.sent, hung.outcomes]).toEqual([["b", "c"], []]);
    },
  );

  it("ask for the next one where the one that was asked for is refused for what another met", async () => {
    const answers: ((decision: RateDecision) => void)[] = [];
    const stage = new QueueStage({ own: saying(() => new Promise((resolve) => answers.push(resolve))) });
    const [one, other] = [stage.lane(), stage.lane()];
    for (const lane of [one, other]) lane.gate.open = false;
    one.put("a", { reserve: 2 });
    const first = other.put("first");
    for (const lane of [one, other]) lane.open();
    const impatient = other.put("impatient", { reserve: 2 });
    const small = other.put("small");
    first.abort();
    expect(answers).toHaveLength(3);
    answers[0]?.(refused);
    await stage.clock.advance(0);
    expect(codes([impatient, small])).toEqual([["RATE_LIMITED"], []]);
    answers[3]?.(granted);
    await stage.clock.advance(0);
    expect(stage.sent).toEqual(["small"]);
  });

  it("wait for a slow limiter side by side", async () => {
    const inner = plenty();
    const stage = new QueueStage({
      own: altered(inner, {
        acquire: (cost, options) =>
          new Promise((resolve) => {
            stage.clock.schedule(10, () => resolve(inner.acquire(cost, options)));
          }),
      }),
    });
    const lanes = Array.from({ length: 40 }, () => stage.lane());
    for (const lane of lanes) {
      lane.gate.open = false;
      for (const name of ["first", "second"]) lane.put(name);
      lane.open();
    }
    await stage.clock.advance(20);
    expect(stage.sent).toHaveLength(80);
  });

  it.each(["a closed gate", "a limit of their server"])(
    "are each looked at only when something changed for them, however many wait for %s",
    (what) => {
      const stage = new QueueStage({
        own: plenty(),
        ofServer: (host) => slidingWindow({ limit: host === "full.test" ? 1 : 1_000 }),
      });
      const waiting = Array.from({ length: 1_000 }, () => stage.lane({ host: "full.test" }));
      let looks = 0;
      for (const lane of waiting) {
        lane.gate.open = false;
        lane.put("waits");
        lane.ready = () => {
          looks += 1;
          return what !== "a closed gate";
        };
        lane.advance();
      }
      const sentBefore = stage.sent.length;
      const lane = stage.lane({ host: "free.test" });
      looks = 0;
      for (let n = 0; n < 100; n += 1) {
        lane.gate.open = false;
        lane.put("goes");
        lane.open();
      }
      expect([stage.sent.length - sentBefore, looks]).toEqual([100, 0]);
    },
  );

  it("go on where one of them throws, and its permit is given back", () => {
    const own = slidingWindow({ limit: 2 });
    const stage = new QueueStage({ own });
    const [one, other] = [stage.lane(), stage.lane()];
    for (const lane of [one, other]) lane.gate.open = false;
    const throwing = one.put("throws");
    throwing.onAdmit = () => {
      throw new Error("broken");
    };
    expect(() => one.open()).toThrow("broken");
    expect([throwing.outcomes, own.usage({ now: stage.clock.now() }).used]).toEqual([[], 0]);
    for (const name of ["b", "c"]) other.put(name);
    other.open();
    expect(stage.sent).toEqual(["b", "c"]);
    throwing.abort();
    expect(stage.queue.empty).toBe(true);
  });

  it("go at once where nothing that was refused is ready any more", () => {
    const stage = new QueueStage();
    const [one, other] = [stage.lane(), stage.lane({ maxQueued: 0 })];
    one.gate.open = false;
    for (const name of ["a", "b"]) one.put(name);
    one.open();
    one.open(false);
    stage.clock.freeze(100);
    expect(other.put("c").outcomes).toEqual(["sent"]);
    expect(stage.sent).toEqual(["a", "c"]);
  });

  it("that begin while another is admitted go after those that wait", () => {
    const stage = new QueueStage({ own: slidingWindow({ limit: 2, windowMs: 100 }), maxWaitMs: 1_000 });
    const [lane, other] = [stage.lane(), stage.lane()];
    lane.gate.open = false;
    const first = lane.put("a");
    lane.put("b");
    first.onAdmit = () => other.put("c");
    lane.open();
    expect(stage.sent).toEqual(["a", "b"]);
  });
});
