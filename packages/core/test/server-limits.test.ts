import { describe, expect, it } from "vitest";
import {
  type RateDecision,
  type RateLimiter,
  type ServerLimits,
  serverLimits,
  slidingWindow,
  unwrap,
} from "../src/index.ts";
import { scene } from "./support/scene.ts";

const window = (limit: number) => (): RateLimiter => slidingWindow({ limit, windowMs: 1_000 });

describe("limits of servers", () => {
  it("count handshakes and messages apart, for each host", async () => {
    const { manager } = scene({ limits: serverLimits({ connect: window(2), message: window(3) }) });
    const { connection } = unwrap(await manager.connect("ws://one.test/a"));
    await manager.connect("ws://one.test/b?token=1");
    expect((await manager.connect("ws://one.test/")).error).toMatchObject({
      code: "RATE_LIMITED",
      retryAfterMs: 1_000,
    });
    expect((await manager.connect("ws://one.test:8080/")).success).toBe(true);
    for (let turn = 0; turn < 3; turn += 1) expect((await manager.send(connection, turn)).success).toBe(true);
    expect((await manager.send(connection, 4)).error?.code).toBe("RATE_LIMITED");
    expect((await manager.close(connection)).success).toBe(true);
    expect(manager.getStats()).toMatchObject({ rateLimitedCount: 2, currentRateLimitSize: 7 });
  });

  it("admit a request with its handshake and its message, or take nothing of any limit", async () => {
    const message = slidingWindow({ limit: 1 });
    const connect = slidingWindow({ limit: 9 });
    const { manager, transport, clock } = scene({ limits: serverLimits({ connect, message }) });
    const first = manager.request("ws://one.test/", 1);
    await clock.advance(1);
    transport.channel.deliver("pong");
    expect((await first).success).toBe(true);
    expect((await manager.request("ws://one.test/", 1)).error?.code).toBe("RATE_LIMITED");
    expect(connect.usage({ now: clock.now() }).used).toBe(1);
    expect(manager.getStats().currentRateLimitSize).toBe(4);
  });

  it("let an operation wait for its own server only", async () => {
    const { manager, clock } = scene({
      limits: serverLimits({ connect: window(1) }),
      onLimit: { wait: 5_000 },
    });
    await manager.connect("ws://one.test/");
    const waiting = manager.connect("ws://one.test/");
    expect((await manager.connect("ws://two.test/")).success).toBe(true);
    await clock.advance(1_000);
    expect((await waiting).success).toBe(true);
  });

  it("are not forgotten by a reset", async () => {
    const { manager } = scene({ limits: serverLimits({ connect: slidingWindow({ limit: 1 }) }) });
    await manager.connect("ws://one.test/");
    await manager.reset();
    expect((await manager.connect("ws://one.test/")).error?.code).toBe("RATE_LIMITED");
  });

  it("make one limiter for a host, and forget idle ones when there are very many", async () => {
    const made: string[] = [];
    const connect = (host: string): RateLimiter => {
      made.push(host);
      return slidingWindow({ limit: 1, windowMs: 10_000 });
    };
    const rateLimiter = slidingWindow({ limit: 1e6 });
    const { manager, clock } = scene({ limits: serverLimits({ connect }), rateLimiter, onLimit: "reject" });
    for (let host = 0; host < 1_000; host += 1) await manager.connect(`ws://h${host}.test/`);
    await manager.connect("ws://h0.test/");
    expect(made).toHaveLength(1_000);
    await manager.connect("ws://another.test/");
    expect((await manager.connect("ws://h1.test/")).error?.code).toBe("RATE_LIMITED");
    await clock.advance(10_000);
    await manager.connect("ws://new.test/");
    expect((await manager.connect("ws://h1.test/")).success).toBe(true);
  });

  it("that are broken refuse what they were asked about, and say so", async () => {
    const broken: (() => RateLimiter)[] = [
      () => {
        throw new Error("no limiter");
      },
      () => JSON.parse("{}"),
    ];
    for (const connect of broken) {
      const { manager } = scene({ limits: serverLimits({ connect }) });
      const { error } = await manager.connect("ws://one.test/");
      expect(error).toMatchObject({ code: "RATE_LIMITED", phase: "admission", sent: "no", retryable: false });
      expect(error?.message).toContain("serverLimits: connect made no rate limiter for one.test");
      expect(error?.cause).toBeInstanceOf(Error);
    }
  });

  it("are checked at once", () => {
    const odd: ServerLimits[] = JSON.parse('[{ "sends": 1 }, { "connect": {} }, { "message": 5 }]');
    for (const limits of odd) expect(() => scene({ limits })).toThrow(TypeError);
  });
});

it("a permit that comes when its operation is over goes back", async () => {
  const decision: RateDecision = { allowed: true, limit: 1, remaining: 0, resetAfterMs: 0, source: "remote" };
  const refunds: unknown[][] = [];
  const answers: (() => void)[] = [];
  const { manager } = scene({
    rateLimiter: {
      acquire: () => new Promise((resolve) => answers.push(() => resolve(decision))),
      refund: (...refund) => void refunds.push(refund),
      usage: () => ({ used: 0, limit: 1, windowMs: 1 }),
      reset: () => undefined,
    },
  });
  const giving = new AbortController();
  const given = manager.request("ws://one.test/", 1, { signal: giving.signal });
  giving.abort();
  expect((await given).error?.code).toBe("ABORTED");
  for (const answer of answers) answer();
  await new Promise(setImmediate);
  expect(refunds).toEqual([[4, decision]]);
});
