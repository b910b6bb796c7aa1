import { describe, expect, it } from "vitest";
import { Permit } from "../src/admission/permit.ts";
import { type RateDecision, serverLimits, slidingWindow, unwrap } from "../src/index.ts";
import { internalsOf } from "../src/internal.ts";
import { altered, granted, held, saying } from "./support/limiters.ts";
import { QueueStage } from "./support/queue-stage.ts";
import { scene } from "./support/scene.ts";

const peer = "ws://peer.test/";
const never = new Promise<RateDecision>(() => undefined);

describe("a limiter that never answers", () => {
  it("refuses pending operations when their wait ends, and does not block later ones", async () => {
    let answer: RateDecision | Promise<RateDecision> = granted;
    const { manager, clock, connect } = scene({
      onLimit: { wait: 1_000 },
      rateLimiter: saying(() => answer),
    });
    const { connection, channel } = await connect();
    answer = { ...granted, allowed: false, retryAfterMs: 10 };
    const first = manager.send(connection, 1);
    await clock.advance(1);
    answer = never;
    await clock.advance(1_000);
    expect((await first).error?.code).toBe("RATE_LIMITED");
    answer = granted;
    expect((await manager.send(connection, 2)).success).toBe(true);
    expect(channel.sent).toEqual(["2"]);
  });

  it("lets the operations behind an aborted one ask at once", async () => {
    let answer: RateDecision | Promise<RateDecision> = granted;
    const { manager, clock, connect } = scene({
      onLimit: { wait: 10_000 },
      rateLimiter: saying(() => answer),
    });
    const { connection, channel } = await connect();
    answer = { ...granted, allowed: false, retryAfterMs: 10 };
    const giving = new AbortController();
    const first = manager.send(connection, 1, { signal: giving.signal });
    const second = manager.send(connection, 2);
    answer = never;
    await clock.advance(10);
    answer = granted;
    giving.abort();
    expect((await first).error?.code).toBe("ABORTED");
    expect((await second).success).toBe(true);
    expect(channel.sent).toEqual(["2"]);
  });
});

describe("the line", () => {
  it("keeps its order at the manager's own limit with limits of servers", async () => {
    const { manager, clock, transport } = scene({
      rateLimiter: slidingWindow({ limit: 4, windowMs: 1_000 }),
      limits: serverLimits({ connect: slidingWindow({ limit: 1_000 }) }),
      onLimit: { wait: 60_000 },
      timeoutMs: 60_000,
    });
    const { connection } = unwrap(await manager.connect("ws://two.test/"));
    // Permits that come free one by one: a request needs all four.
    for (let turn = 0; turn < 3; turn += 1) {
      await clock.advance(250);
      await manager.send(connection, 0);
    }
    let stop = false;
    const flood = async (): Promise<void> => {
      while (!stop) await manager.send(connection, 1);
    };
    void flood();
    void flood();
    await clock.advance(10);
    void manager.request("ws://one.test/", 1, { timeoutMs: 50_000 });
    await clock.advance(10_000);
    stop = true;
    expect(transport.requests.map(({ url }) => url)).toContain("ws://one.test/");
  });

  it.each([
    [
      "that several servers share",
      { limits: serverLimits({ connect: slidingWindow({ limit: 1, windowMs: 1_000 }) }) },
    ],
    [
      "of the manager before those of servers",
      {
        rateLimiter: slidingWindow({ limit: 1, windowMs: 1_000 }),
        limits: serverLimits({ connect: () => slidingWindow({ limit: 5 }) }),
      },
    ],
  ])("for one limit %s lets go who came first, wherever he goes", async (_, limited) => {
    const { manager, clock } = scene({
      ...limited,
      onLimit: { wait: 60_000 },
      timeoutMs: 60_000,
    });
    await manager.connect("ws://a.test/");
    const order: string[] = [];
    for (const name of ["a1", "b1", "b2", "a2", "c1", "a3"]) {
      void manager.connect(`ws://${name[0]}.test/`).then(() => order.push(name));
      await clock.advance(10);
    }
    await clock.advance(10_000);
    expect(order).toEqual(["a1", "b1", "b2", "a2", "c1", "a3"]);
  });

  it("admits each operation when its own server has a permit, even if others wait longer", async () => {
    const windowOf = new Map([
      ["fast.test", 1_000],
      ["slow.test", 3_000],
    ]);
    const { manager, clock } = scene({
      limits: serverLimits({
        connect: (host) => slidingWindow({ limit: 1, windowMs: windowOf.get(host) ?? 1 }),
      }),
      onLimit: { wait: 60_000 },
      timeoutMs: 60_000,
    });
    const gone: string[] = [];
    for (const host of ["slow", "fast", "fast", "slow"])
      void manager.connect(`ws://${host}.test/`).then(() => gone.push(host));
    await clock.advance(0);
    expect(gone).toEqual(["slow", "fast"]);
    await clock.advance(1_000);
    expect(gone).toEqual(["slow", "fast", "fast"]);
    await clock.advance(1_999);
    expect(gone).toHaveLength(3);
    await clock.advance(1);
    expect(gone).toEqual(["slow", "fast", "fast", "slow"]);
  });

  it("admits a smaller operation as soon as the one before it is aborted", async () => {
    const { manager, connect } = scene({
      rateLimiter: slidingWindow({ limit: 4, windowMs: 1_000 }),
      onLimit: { wait: 5_000 },
    });
    const { connection, channel } = await connect();
    const giving = new AbortController();
    const first = manager.request(peer, 1, { signal: giving.signal });
    const second = manager.send(connection, 2);
    giving.abort();
    expect((await first).error?.code).toBe("ABORTED");
    expect((await second).success).toBe(true);
    expect(channel.sent).toEqual(["2"]);
  });

  it("does the same with an asynchronous limiter, and the aborted operation fails", async () => {
    const rateLimiter = held(slidingWindow({ limit: 4, windowMs: 1_000 }));
    const { manager, connect } = scene({ rateLimiter, onLimit: { wait: 5_000 } });
    const connecting = connect();
    await rateLimiter.answer();
    const { connection, channel } = await connecting;
    const giving = new AbortController();
    const first = manager.request(peer, 1, { signal: giving.signal });
    await rateLimiter.answer();
    const second = manager.send(connection, 2);
    giving.abort();
    while (rateLimiter.asked > 0) await rateLimiter.answer();
    expect((await first).error?.code).toBe("ABORTED");
    expect((await second).success).toBe(true);
    expect(channel.sent).toEqual(["2"]);
  });

  it("is not held up by an operation that is aborted while the limiter is asked about it", async () => {
    const inner = slidingWindow({ limit: 4, windowMs: 1_000 });
    const giving = new AbortController();
    let asked = 0;
    const rateLimiter = altered(inner, {
      acquire(cost, options) {
        if (cost === 4) asked += 1;
        // First when it is called, then when it waits in the queue.
        if (asked === 2) giving.abort();
        return inner.acquire(cost, options);
      },
    });
    const { manager, clock, connect } = scene({ rateLimiter, onLimit: { wait: 5_000 } });
    const { connection, channel } = await connect();
    const requesting = manager.request(peer, 1, { signal: giving.signal });
    await clock.advance(1_000);
    const aborted = await requesting;
    expect([aborted.error?.code, asked]).toEqual(["ABORTED", 2]);
    expect((await manager.send(connection, 2)).success).toBe(true);
    expect(channel.sent).toEqual(["2"]);
  });
});

describe("the wait for a permit", () => {
  it("is the shorter by what a slow limiter took to answer", async () => {
    const rateLimiter = held(saying(() => ({ ...granted, allowed: false, retryAfterMs: 300 })));
    const { manager, clock } = scene({ rateLimiter, onLimit: { wait: 1_000 } });
    const connecting = manager.connect(peer);
    await clock.advance(800);
    await rateLimiter.answer();
    expect((await connecting).error).toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 300 });
    expect(rateLimiter.asked).toBe(0);
  });

  it("ends with a last look: a permit that came free unforeseen is taken", async () => {
    const rateLimiter = slidingWindow({ limit: 5, windowMs: 1_000 });
    const { manager, connect, clock } = scene({ rateLimiter, onLimit: { wait: 5_000 } });
    const { connection, channel } = await connect();
    await manager.send(connection, 1);
    channel.deliver("for the taking");
    void manager.request(peer, 1);
    const receiving = manager.receive(connection, { timeoutMs: 200 });
    rateLimiter.reset();
    await clock.advance(200);
    expect((await receiving).data?.response).toBe("for the taking");
  });

  it("is over when the permit is there, and the start tells when that was and who gave it", async () => {
    const refusal: RateDecision = { ...granted, allowed: false, retryAfterMs: 10, source: "fallback" };
    const answers: RateDecision[] = [refusal, refusal, { ...granted, source: "remote" }];
    const { manager, clock, sink } = scene({
      rateLimiter: saying(() => answers.shift() ?? granted),
      onLimit: { wait: 1_000 },
    });
    const connecting = manager.connect(peer);
    await clock.advance(20);
    await connecting;
    expect(sink.of("operation-started")).toMatchObject([{ source: "remote", atMs: 1_020 }]);
  });
});

describe("what is called back while the queue decides", () => {
  it("loses no permit where a sink that hears of an end frees permits and ends the one ahead", async () => {
    let full = false;
    let used = 0;
    const rateLimiter = altered(
      saying(() => granted),
      {
        acquire(cost) {
          if (full) return { ...granted, allowed: false, retryAfterMs: 60_000 };
          used += cost;
          return granted;
        },
        refund(cost) {
          used -= cost;
        },
      },
    );
    const [first, second] = [new AbortController(), new AbortController()];
    const { manager, connect } = scene({
      rateLimiter,
      onLimit: { wait: 100_000 },
      timeoutMs: 100_000,
      statsSink: {
        record(event) {
          if (event.type !== "operation-failed" || first.signal.aborted) return;
          full = false;
          first.abort();
        },
      },
    });
    const { connection, channel } = await connect();
    full = true;
    const waiting = [first, second].map(({ signal }) => manager.send(connection, 2, { signal }));
    second.abort();
    for (const { error } of await Promise.all(waiting)) expect(error?.code).toBe("ABORTED");
    expect([channel.sent, used]).toEqual([[], 1]);
  });

  it("uses no permit for an operation whose signal was aborted before", async () => {
    const rateLimiter = slidingWindow({ limit: 5, windowMs: 60_000 });
    const { manager, clock, connect } = scene({ rateLimiter, onLimit: { wait: 1_000 } });
    const { connection } = await connect();
    const { error } = await manager.send(connection, 1, { signal: AbortSignal.abort() });
    expect(error).toMatchObject({ code: "ABORTED", phase: "admission" });
    expect(rateLimiter.usage({ now: clock.now() }).used).toBe(1);
  });

  it("ends an operation at once whose limiter aborts it while it is asked", async () => {
    for (const answer of ["at once", "later"]) {
      const inner = slidingWindow({ limit: 1, windowMs: 1_000 });
      const giving = new AbortController();
      const rateLimiter = altered(inner, {
        acquire(cost, options) {
          if (options?.signal !== undefined) giving.abort();
          const decision = inner.acquire(cost, options);
          return answer === "at once" ? decision : Promise.resolve(decision);
        },
      });
      const { manager, clock, connect } = scene({ rateLimiter, onLimit: { wait: 5_000 } });
      const { connection } = await connect();
      const sending = manager.send(connection, 1, { signal: giving.signal });
      await clock.advance(0);
      expect((await sending).error).toMatchObject({ code: "ABORTED", phase: "admission" });
      expect(clock.referencedTimers).toBe(0);
    }
  });

  it("looks again at once where the first of a lane leaves while another is admitted", () => {
    const stage = new QueueStage({
      own: slidingWindow({ limit: 100 }),
      ofServer: (host) => slidingWindow({ limit: host === "a.test" ? 1 : 9, windowMs: 60_000 }),
    });
    const [one, other] = [stage.lane(), stage.lane({ host: "b.test" })];
    one.put("a1");
    for (const lane of [one, other]) lane.gate.open = false;
    const first = one.put("a2", { reserve: 0 });
    one.put("a3");
    const second = other.put("b1");
    second.onAdmit = () => {
      stage.limiters.of({ action: "message", url: "ws://a.test/" }).reset();
      first.abort();
    };
    one.gate.open = true;
    other.gate.open = true;
    stage.queue.advance();
    expect(stage.sent).toEqual(["a1", "b1", "a3"]);
  });

  it("gives a permit back once, even where the limiter calls back", () => {
    let refunds = 0;
    const limiter = altered(
      saying(() => granted),
      {
        refund() {
          refunds += 1;
          permit.giveBack();
        },
      },
    );
    const permit = new Permit(limiter, 1, granted);
    permit.giveBack();
    permit.giveBack();
    expect(refunds).toBe(1);
  });
});

describe("a refusal", () => {
  it("by the manager's limit and a server's holds up others only as long as the manager's", async () => {
    const { manager, clock } = scene({
      rateLimiter: slidingWindow({ limit: 1, windowMs: 1_000 }),
      limits: serverLimits({
        connect: (host) => slidingWindow({ limit: 1, windowMs: host === "slow.test" ? 60_000 : 1_000 }),
      }),
      onLimit: { wait: 120_000 },
      timeoutMs: 120_000,
    });
    const gone: string[] = [];
    for (const host of ["slow", "slow", "fast"]) {
      void manager.connect(`ws://${host}.test/`).then(() => gone.push(host));
    }
    await clock.advance(1_000);
    expect(gone).toEqual(["slow", "fast"]);
    await clock.advance(58_999);
    expect(gone).toHaveLength(2);
    await clock.advance(1);
    expect(gone).toEqual(["slow", "fast", "slow"]);
  });

  it.each([
    [100, 5_000],
    [5_000, 100],
  ])(
    "by both, for %i and %i ms, refuses at once what cannot wait for the later of them",
    (ownMs, serverMs) => {
      const stage = new QueueStage({
        own: slidingWindow({ limit: 1, windowMs: ownMs }),
        ofServer: () => slidingWindow({ limit: 1, windowMs: serverMs }),
        maxWaitMs: 1_000,
      });
      const lane = stage.lane();
      lane.put("a");
      lane.gate.open = false;
      lane.put("paced");
      lane.open();
      expect(lane.put("b").failure?.error).toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 5_000 });
      expect(lane.size).toBe(1);
    },
  );

  it("ends with the entry that it was for: a smaller one behind it goes at once", () => {
    const stage = new QueueStage({ own: slidingWindow({ limit: 4, windowMs: 60_000 }) });
    const lane = stage.lane();
    lane.gate.open = false;
    lane.put("a");
    const large = lane.put("large", { cost: 4 });
    lane.put("small");
    lane.open();
    expect(stage.sent).toEqual(["a"]);
    large.abort();
    expect(stage.sent).toEqual(["a", "small"]);
  });

  it("that ends when the wait does is waited for, alone and behind others", () => {
    for (const others of [0, 1]) {
      const stage = new QueueStage({ maxWaitMs: 100 });
      const lane = stage.lane();
      lane.put("first");
      lane.gate.open = false;
      for (let n = 0; n < others; n += 1) lane.put("paced");
      lane.open();
      expect(lane.put("late").outcomes).toEqual([]);
    }
  });

  it("by a server does not hide a longer one by the manager's limit", () => {
    const stage = new QueueStage({
      own: slidingWindow({ limit: 2, windowMs: 5_000 }),
      ofServer: () => slidingWindow({ limit: 1, windowMs: 100 }),
      maxWaitMs: 1_000,
    });
    const [one, other] = [stage.lane(), stage.lane({ host: "b.test" })];
    for (const lane of [one, other]) {
      lane.put("first");
      lane.gate.open = false;
      lane.put("paced");
      lane.open();
    }
    expect(one.put("late").failure?.error).toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 5_000 });
  });

  it("of something large that gave up does not hold up something small that comes later", async () => {
    const stage = new QueueStage({
      own: slidingWindow({ limit: 4, windowMs: 60_000 }),
      maxWaitMs: 100_000,
      timeoutMs: 100_000,
    });
    const lane = stage.lane();
    lane.put("a");
    const large = lane.put("large", { cost: 4 });
    large.abort();
    lane.gate.open = false;
    lane.put("small");
    lane.open();
    expect(stage.sent).toEqual(["a", "small"]);
    expect(stage.clock.referencedTimers).toBe(0);
  });

  it("for a reserve does not hold up what needs none", () => {
    const stage = new QueueStage({ own: slidingWindow({ limit: 4, windowMs: 60_000 }), maxWaitMs: 100_000 });
    const lane = stage.lane();
    lane.gate.open = false;
    lane.put("a");
    lane.put("b", { reserve: 3 });
    lane.open();
    lane.submitUrgent(lane.entry("urgent"));
    expect(stage.sent).toEqual(["a", "urgent"]);
  });
});

describe("a lane whose first entry cannot go after all", () => {
  it.each(["at once", "later"])(
    "is passed over until something changes, with a limiter that answers %s",
    async (when) => {
      const inner = slidingWindow({ limit: 1_000 });
      let asked = 0;
      const own = altered(inner, {
        acquire(cost, options) {
          asked += 1;
          const decision = inner.acquire(cost, options);
          return when === "at once" ? decision : Promise.resolve(decision);
        },
      });
      const stage = new QueueStage({ own });
      const [one, other] = [stage.lane(), stage.lane()];
      for (const lane of [one, other]) lane.gate.open = false;
      const stuck = one.put("stuck");
      stuck.onAdmit = () => false;
      for (const name of ["a", "b", "c"]) other.put(name);
      for (const lane of [one, other]) lane.gate.open = true;
      stage.queue.advance();
      await stage.clock.advance(0);
      expect(stage.sent).toEqual(["a", "b", "c"]);
      expect(asked).toBeLessThan(10);
      expect(inner.usage({ now: stage.clock.now() }).used).toBe(3);
      stuck.onAdmit = () => undefined;
      one.advance();
      await stage.clock.advance(0);
      expect(stage.sent).toEqual(["a", "b", "c", "stuck"]);
    },
  );
});

describe("the bound", () => {
  it("does not refuse what can go at once, however many wait for another server", async () => {
    const { manager } = scene({
      limits: serverLimits({ connect: () => slidingWindow({ limit: 1, windowMs: 60_000 }) }),
      onLimit: { wait: 90_000 },
      maxQueued: 1,
    });
    await manager.connect("ws://a.test/");
    void manager.connect("ws://a.test/");
    expect((await manager.connect("ws://a.test/")).error?.code).toBe("BACKPRESSURE");
    expect((await manager.connect("ws://b.test/")).success).toBe(true);
    expect((await manager.connect("ws://b.test/")).error?.code).toBe("BACKPRESSURE");
  });

  it("of 0 refuses nothing that can go while a session waits for its connection", async () => {
    const { manager } = scene({ onLimit: { wait: 1_000 }, maxQueued: 0 });
    const internals = internalsOf(manager);
    const lane = internals.lane({ ready: () => false, url: undefined }, 10);
    const stage = new QueueStage();
    lane.submit(stage.lane().entry("waiting"));
    expect(lane.size).toBe(1);
    expect((await manager.connect(peer)).success).toBe(true);
  });

  it.each(["at once", "later"])("counts nothing that a limiter failed for %s", async (when) => {
    let answer: () => RateDecision | Promise<RateDecision> = () => granted;
    const { manager, clock, connect } = scene({
      rateLimiter: saying(() => answer()),
      onLimit: { wait: 1_000 },
      maxQueued: 1,
    });
    const { connection } = await connect();
    const failing = (): Promise<RateDecision> => {
      if (when === "later") return Promise.reject(new Error("store away"));
      throw new Error("store away");
    };
    for (let round = 0; round < 3; round += 1) {
      answer = failing;
      expect((await manager.send(connection, 1)).error?.message).toContain("limiter failed");
      answer = () => ({ ...granted, allowed: false, retryAfterMs: 10 });
      const waiting = manager.send(connection, 2);
      answer = failing;
      await clock.advance(10);
      expect((await waiting).error?.message).toContain("limiter failed");
    }
    answer = () => granted;
    expect((await manager.send(connection, 3)).success).toBe(true);
    expect(clock.referencedTimers).toBe(0);
  });

  it("stays true, whatever leaves in whatever way", async () => {
    const rateLimiter = held(slidingWindow({ limit: 1, windowMs: 60_000 }));
    const { manager, clock } = scene({ rateLimiter, onLimit: { wait: 1_000 }, maxQueued: 2 });
    for (let round = 0; round < 5; round += 1) {
      const giving = new AbortController();
      const first = manager.connect(peer, { signal: giving.signal });
      const second = manager.connect(peer, { timeoutMs: 500 });
      const third = manager.connect(peer);
      expect((await third).error?.code).toBe("BACKPRESSURE");
      giving.abort();
      await rateLimiter.answer();
      await clock.advance(60_000);
      expect((await first).error?.code).toBe("ABORTED");
      await second;
      await rateLimiter.answer();
    }
  });
});

describe("many", () => {
  const count = 20_000;

  it.each([
    ["go", 1],
    ["go to many servers", 500],
  ])("twenty thousand that wait %s in order, and in linear time", async (_, servers) => {
    const stage = new QueueStage({
      own: slidingWindow({ limit: 100_000 }),
      ofServer: () => slidingWindow({ limit: 100_000 }),
    });
    const lanes = Array.from({ length: servers }, (_, n) =>
      stage.lane({ host: `h${n}.test`, maxQueued: count }),
    );
    for (const lane of lanes) lane.gate.open = false;
    for (let n = 0; n < count; n += 1) lanes[n % servers]?.put(`${n}`);
    for (const lane of lanes) lane.gate.open = true;
    const startedAt = performance.now();
    stage.queue.advance();
    expect(stage.sent).toEqual(Array.from({ length: count }, (_, n) => `${n}`));
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it("twenty thousand that give up from the front, or at the same moment, do so in linear time", async () => {
    for (const end of ["abort", "expire"]) {
      const stage = new QueueStage({ own: slidingWindow({ limit: 1, windowMs: 60_000 }), timeoutMs: 1_000 });
      const lane = stage.lane({ maxQueued: count });
      lane.put("first");
      lane.gate.open = false;
      const waiting = Array.from({ length: count }, (_, n) => lane.put(`${n}`));
      lane.open();
      const startedAt = performance.now();
      if (end === "abort") for (const entry of waiting) entry.abort();
      else await stage.clock.advance(1_000);
      expect(waiting.every(({ outcomes }) => outcomes.length === 1)).toBe(true);
      expect([lane.size, lane.bound.waiting, stage.queue.empty]).toEqual([0, 0, true]);
      expect(performance.now() - startedAt).toBeLessThan(2_000);
    }
  });
});
