import { describe, expect, it } from "vitest";
import { type RateDecision, serverLimits, slidingWindow, unwrap } from "../src/index.ts";
import { altered, granted, held, saying } from "./support/limiters.ts";
import { scene } from "./support/scene.ts";

const peer = "ws://peer.test/";
const never = new Promise<RateDecision>(() => undefined);

describe("a limiter that never answers", () => {
  it("refuses those who asked it when their wait is over, and shuts the line for nobody who comes later", async () => {
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

  it("for one who gave up lets those behind him ask at once", async () => {
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
  it("with limits of servers lets nobody overtake at the manager's own limit", async () => {
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

  it("lets each go when his own server's permit comes, whoever else waits longer", async () => {
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

  it("lets one who needs less go as soon as the one before him gives up", async () => {
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

  it("does so too where the limiter answers later, and refuses the one who gave up", async () => {
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

  it("is not held up by one who is aborted while the limiter is asked about him", async () => {
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
