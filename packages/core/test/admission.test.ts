import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { type RateDecision, type RateLimiter, slidingWindow } from "../src/index.ts";
import { stall } from "./support/puppet.ts";
import { scene } from "./support/scene.ts";

const nobody = "ws://peer.test/";

describe("admission", () => {
  it("costs 1 for connect, send, receive, close and reset, and 4 for a request", async () => {
    const { manager, connect, transport } = scene();
    const used = (): number => manager.getStats().currentRateLimitSize;
    const { connection, channel } = await connect();
    expect(used()).toBe(1);
    await manager.send(connection, 1);
    expect(used()).toBe(2);
    channel.deliver(1);
    await manager.receive(connection);
    expect(used()).toBe(3);
    await manager.close(connection);
    expect(used()).toBe(4);
    transport.onOpen = (opened) => opened.deliver("hello");
    await manager.request(nobody, 1);
    expect(used()).toBe(8);
    await manager.reset();
    expect(used()).toBe(0);
  });

  it("refuses at the limit with retryAfterMs, and the refused operation touches nothing", async () => {
    const { manager, transport, connect, clock } = scene({
      rateLimiter: slidingWindow({ limit: 2, windowMs: 1_000 }),
    });
    const { connection, channel } = await connect();
    await clock.advance(400);
    await manager.send(connection, 1);
    const refused = await manager.send(connection, 2);
    expect(refused.error).toMatchObject({
      code: "RATE_LIMITED",
      phase: "admission",
      sent: "no",
      retryable: true,
    });
    expect(refused.error?.retryAfterMs).toBe(600);
    expect(channel.sent).toEqual(["1"]);
    expect((await manager.connect(nobody)).error?.code).toBe("RATE_LIMITED");
    expect(transport.requests).toHaveLength(1);
    expect(await manager.reset()).toBe(false);
    expect(manager.getStats()).toMatchObject({ totalOperations: 2, rateLimitedCount: 3, errorsCount: 0 });
  });

  it("admits a request whole or refuses it whole", async () => {
    const { manager, transport } = scene({ rateLimiter: slidingWindow({ limit: 7 }) });
    transport.onOpen = (channel) => channel.deliver("hi");
    expect((await manager.request(nobody, 1)).success).toBe(true);
    expect((await manager.request(nobody, 1)).error?.code).toBe("RATE_LIMITED");
    expect(transport.requests).toHaveLength(1);
    expect(manager.getStats().currentRateLimitSize).toBe(4);
  });

  it("closes inside a request even when the limiter is full", async () => {
    const { manager, transport } = scene({ rateLimiter: slidingWindow({ limit: 4 }) });
    transport.onOpen = (channel) => channel.deliver("hi");
    await manager.request(nobody, 1);
    expect(transport.channel.calls).toEqual(["close 1000"]);
    expect(manager.getStats().openConnections).toBe(0);
  });

  it("never refuses the disposal of a connection, and counts it where there is room", async () => {
    const { manager, connect } = scene({ rateLimiter: slidingWindow({ limit: 3 }) });
    const first = await connect();
    const second = await connect();
    await first.connection[Symbol.asyncDispose]();
    expect(manager.getStats().currentRateLimitSize).toBe(3);
    await second.connection[Symbol.asyncDispose]();
    expect(second.channel.calls).toEqual(["close 1000"]);
    expect(manager.getStats()).toMatchObject({ currentRateLimitSize: 3, openConnections: 0 });
  });

  it("says that a request can never be admitted when the limit is below its cost", async () => {
    const { manager } = scene({ rateLimiter: slidingWindow({ limit: 3 }), onLimit: { wait: 60_000 } });
    const { error } = await manager.request(nobody, 1);
    expect(error).toMatchObject({ code: "RATE_LIMITED", retryable: false });
    expect(error).not.toHaveProperty("retryAfterMs");
  });
});

describe("admission that waits", () => {
  const waiting = { rateLimiter: slidingWindow({ limit: 2, windowMs: 1_000 }), onLimit: { wait: 5_000 } };
  const fresh = (): typeof waiting => ({
    ...waiting,
    rateLimiter: slidingWindow({ limit: 2, windowMs: 1_000 }),
  });

  it("lets operations go in the order they came, as permits come free", async () => {
    const { connect, manager, clock } = scene(fresh());
    const { connection, channel } = await connect();
    const done = [1, 2, 3, 4].map((message) => manager.send(connection, message));
    await clock.advance(0);
    expect(channel.sent).toEqual(["1"]);
    await clock.advance(1_000);
    expect(channel.sent).toEqual(["1", "2", "3"]);
    await clock.advance(1_000);
    expect(channel.sent).toEqual(["1", "2", "3", "4"]);
    expect((await Promise.all(done)).every(({ success }) => success)).toBe(true);
  });

  it("refuses at once, with the time that is left, what no wait it may have can help", async () => {
    const { connect, manager, clock } = scene({ ...fresh(), onLimit: { wait: 300 } });
    const { connection } = await connect();
    await clock.advance(400);
    await manager.send(connection, 1);
    const { error } = await manager.send(connection, 2);
    expect(error).toMatchObject({ code: "RATE_LIMITED", sent: "no", retryAfterMs: 600 });
    expect(clock.referencedTimers).toBe(0);
  });

  it("gives up in the line as soon as its turn comes too late", async () => {
    const { connect, manager, clock } = scene({ ...fresh(), onLimit: { wait: 1_100 } });
    const { connection, channel } = await connect();
    await manager.send(connection, 1);
    const waiting = [2, 3, 4].map((message) => manager.send(connection, message));
    await clock.advance(1_100);
    const [second, third, fourth] = await Promise.all(waiting);
    expect([second?.success, third?.success]).toEqual([true, true]);
    expect(fourth?.error).toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 1_000 });
    expect(channel.sent).toEqual(["1", "2", "3"]);
  });

  it("does not trust a refusal that is older than the wait", async () => {
    const { connect, manager, clock } = scene({ ...fresh(), onLimit: { wait: 1_500 } });
    const { connection } = await connect();
    await manager.send(connection, 1);
    const frozen = manager.send(connection, 2);
    clock.freeze(9_000);
    await clock.advance(0);
    expect((await frozen).error?.retryAfterMs ?? 0).toBe(0);
  });

  it("spends the operation's own timeout while it waits", async () => {
    const { connect, manager, clock } = scene(fresh());
    const { connection } = await connect();
    await manager.send(connection, 1);
    const receive = manager.receive(connection, { timeoutMs: 200 });
    await clock.advance(200);
    expect((await receive).error).toMatchObject({ code: "RATE_LIMITED", phase: "admission" });
  });

  it("leaves a connect that waited only the rest of its time", async () => {
    const { connect, manager, clock, transport } = scene(fresh());
    await connect();
    await connect();
    transport.onOpen = stall;
    let code: string | undefined;
    void manager.connect(nobody, { timeoutMs: 1_500 }).then(({ error }) => {
      code = error?.code;
    });
    await clock.advance(1_000);
    expect(transport.requests).toHaveLength(3);
    await clock.advance(499);
    expect(code).toBeUndefined();
    await clock.advance(1);
    expect(code).toBe("CONNECT_TIMEOUT");
  });

  it("ends at an abort, and the next in line moves up", async () => {
    const { connect, manager, clock } = scene(fresh());
    const { connection, channel } = await connect();
    await manager.send(connection, 1);
    const controller = new AbortController();
    const aborted = manager.send(connection, 2, { signal: controller.signal });
    const next = manager.send(connection, 3);
    controller.abort();
    expect((await aborted).error).toMatchObject({ code: "ABORTED", phase: "admission", sent: "no" });
    await clock.advance(1_000);
    expect((await next).success).toBe(true);
    expect(channel.sent).toEqual(["1", "3"]);
  });

  it("ends when the manager is disposed of", async () => {
    const { connect, manager } = scene(fresh());
    const { connection } = await connect();
    await manager.send(connection, 1);
    const waits = manager.send(connection, 2);
    await manager.dispose();
    expect((await waits).error?.code).toBe("DISPOSED");
  });

  it("lets thousands go at once without running out of stack", async () => {
    const { connect, manager, clock } = scene({
      rateLimiter: slidingWindow({ limit: 20_000 }),
      onLimit: { wait: 5_000 },
    });
    const { connection, channel } = await connect();
    for (let turn = 1; turn < 20_000; turn += 1) void manager.send(connection, 0);
    const late = Array.from({ length: 15_000 }, () => manager.send(connection, 1));
    await clock.advance(1_000);
    await Promise.all(late);
    expect(channel.sent).toHaveLength(34_999);
  });
});

describe("admission by a limiter that answers later", () => {
  const allowed: RateDecision = { allowed: true, limit: 1, remaining: 0, resetAfterMs: 0, source: "remote" };
  const remote = (answer: () => Promise<RateDecision>): RateLimiter => ({
    acquire: answer,
    refund: () => undefined,
    usage: () => ({ used: 0, limit: 1, windowMs: 1 }),
    reset: () => {},
  });

  it("waits for the answer", async () => {
    const { manager } = scene({ rateLimiter: remote(async () => allowed) });
    expect((await manager.connect(nobody)).success).toBe(true);
  });

  it("passes a refusal on with its source", async () => {
    const refusal: RateDecision = { ...allowed, allowed: false, retryAfterMs: 70 };
    const { manager, sink } = scene({ rateLimiter: remote(async () => refusal) });
    expect((await manager.connect(nobody)).error).toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 70 });
    expect(sink.of("rate-limited")[0]?.source).toBe("remote");
  });

  it("asks again when a permit comes free, if it may wait", async () => {
    const answers: RateDecision[] = [
      { ...allowed, allowed: false, retryAfterMs: 70 },
      { ...allowed, allowed: false, retryAfterMs: 30 },
      allowed,
    ];
    const { manager, clock } = scene({
      rateLimiter: remote(async () => answers.shift() ?? allowed),
      onLimit: { wait: 1_000 },
    });
    const connected = manager.connect(nobody);
    await clock.advance(70);
    await clock.advance(30);
    expect((await connected).success).toBe(true);
  });

  it("does not spin on a limiter that always says to try again now", async () => {
    const refusal: RateDecision = { ...allowed, allowed: false, retryAfterMs: 0 };
    const stubborn: RateLimiter = { ...remote(async () => allowed), acquire: () => refusal };
    const { manager, clock } = scene({ rateLimiter: stubborn, onLimit: { wait: 20 } });
    const connecting = manager.connect(nobody);
    await clock.advance(20);
    expect((await connecting).error?.code).toBe("RATE_LIMITED");
    expect(clock.timersArmed).toBeLessThan(50);
  });

  it("takes a promise of another realm for one", async () => {
    const { manager } = scene({ rateLimiter: remote(() => runInNewContext("Promise").resolve(allowed)) });
    expect((await manager.connect(nobody)).success).toBe(true);
  });

  it("does not outlast the operation's deadline or signal", async () => {
    const { manager, clock } = scene({ rateLimiter: remote(() => new Promise(() => {})) });
    const controller = new AbortController();
    const timed = manager.connect(nobody, { timeoutMs: 50 });
    const aborted = manager.connect(nobody, { signal: controller.signal });
    controller.abort();
    await clock.advance(50);
    expect((await timed).error?.code).toBe("RATE_LIMITED");
    expect((await aborted).error?.code).toBe("ABORTED");
  });

  it.each([
    ["rejects", () => Promise.reject(new Error("store away"))],
    [
      "names no time to wait",
      () => Promise.resolve({ ...allowed, allowed: false, retryAfterMs: Number.NaN }),
    ],
    ["answers nothing", () => Promise.resolve(Object(undefined).decision)],
    ["answers nothing at once", () => Object(undefined).decision],
    [
      "throws",
      () => {
        throw new Error("store away");
      },
    ],
  ])("refuses when the limiter %s", async (_, answer) => {
    const { manager, transport } = scene({ rateLimiter: remote(answer) });
    expect((await manager.connect(nobody)).error?.code).toBe("RATE_LIMITED");
    expect(await manager.reset()).toBe(false);
    expect(transport.requests).toHaveLength(0);
  });
});
