import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { joinLimits } from "../../src/admission/limiters.ts";
import type { Permit } from "../../src/admission/permit.ts";
import { type RateLimiter, serverLimits, slidingWindow } from "../../src/index.ts";
import { internalsOf } from "../../src/internal.ts";
import { manualClock } from "../../src/testing.ts";
import { entry } from "../support/entries.ts";
import { altered, saying } from "../support/limiters.ts";
import { type Scene, scene } from "../support/scene.ts";
import { unhandledRejections } from "../support/unhandled.ts";

const peer = "ws://peer.test/path";

/** What is used of the manager's own limit, of the server's for handshakes, and of the server's for messages. */
function measured({ own = slidingWindow() }: { readonly own?: RateLimiter } = {}) {
  const [connect, message] = [slidingWindow({ limit: 9 }), slidingWindow({ limit: 9 })];
  const stage: Scene = scene({ rateLimiter: own, limits: serverLimits({ connect, message }) });
  const used = (): readonly number[] =>
    [own, connect, message].map((limiter) => limiter.usage({ now: stage.clock.now() }).used);
  return { ...stage, internals: internalsOf(stage.manager), used };
}

describe("what is built on a manager", () => {
  it("asks the limits for messages of the server that it names, and gives the permit back where it is not used", () => {
    const { internals, used } = measured();
    const permits: Permit[] = [];
    const lane = internals.lane({ ready: () => true, url: peer }, 1);
    lane.submit(entry(internals.begin("call", undefined), (permit) => permits.push(permit)));
    expect(used()).toEqual([1, 0, 1]);
    permits[0]?.giveBack();
    expect(used()).toEqual([0, 0, 0]);
    lane.submit(entry(internals.begin("call", undefined), (permit) => permits.push(permit)));
    permits[0]?.giveBack();
    expect(used()).toEqual([1, 0, 1]);
  });

  it("is refused where the server's limit leaves it none, and keeps no permit then", async () => {
    const { internals, used, clock } = measured();
    for (let turn = 0; turn < 9; turn += 1) internals.count(peer);
    const refused = entry(internals.begin("call", undefined), () => undefined);
    internals.lane({ ready: () => true, url: peer }, 1).submit(refused);
    expect(refused.failure?.error).toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 1_000 });
    expect(used()).toEqual([9, 0, 9]);
    await clock.advance(1_000);
    expect(used()).toEqual([0, 0, 0]);
  });

  it("without a URL asks the manager's own limit only", () => {
    const { internals, used } = measured();
    const lane = internals.lane({ ready: () => true, url: undefined }, 1);
    lane.submit(entry(internals.begin("call", undefined), () => undefined));
    internals.count();
    expect(used()).toEqual([2, 0, 0]);
  });

  it("counts what is never refused wherever there is room", () => {
    const { internals, used } = measured({ own: slidingWindow({ limit: 1 }) });
    for (let turn = 0; turn < 12; turn += 1) internals.count(peer);
    expect(used()).toEqual([1, 0, 9]);
  });

  it("counts it with a limiter that fails too, which harms nobody", async () => {
    const unhandled = unhandledRejections();
    const failing = [
      saying(() => Promise.reject(new Error("store away"))),
      saying(() => {
        throw new Error("store away");
      }),
    ];
    for (const rateLimiter of failing) {
      const { manager } = scene({ rateLimiter });
      expect(() => internalsOf(manager).count(peer)).not.toThrow();
    }
    expect(await unhandled()).toEqual([]);
  });
});

describe("the permits of servers", () => {
  it("are not asked for a send on another manager's connection", async () => {
    const { connection } = await scene().connect();
    const { manager, used } = measured();
    expect((await manager.send(connection, 1)).error?.code).toBe("NO_CONNECTION");
    expect(used()).toEqual([1, 0, 0]);
  });
});

describe("the usage that a manager tells", () => {
  it("is that of its own clock", async () => {
    const { manager, clock, connect } = scene();
    await clock.advance(1e9);
    await connect();
    await clock.advance(999);
    expect(manager.getStats().currentRateLimitSize).toBe(1);
    await clock.advance(1);
    expect(manager.getStats().currentRateLimitSize).toBe(0);
  });
});

describe("the limiters of very many servers", () => {
  const clock = manualClock();
  const own = slidingWindow({ limit: 1e6, clock });
  const url = (host: number): string => `ws://h${host}.test/`;

  it("that are one for all are joined with the manager's once", () => {
    const limits = serverLimits({ connect: slidingWindow(), message: slidingWindow() })[joinLimits](
      own,
      clock,
    );
    for (const action of ["connect", "message", "request"] as const) {
      const joined = new Set(
        Array.from({ length: 2_000 }, (_, host) => limits.of({ action, url: url(host) })),
      );
      expect(joined.size).toBe(1);
    }
  });

  it("of one host are joined with the manager's once", () => {
    const limits = serverLimits({ connect: () => slidingWindow(), message: slidingWindow() })[joinLimits](
      own,
      clock,
    );
    expect(limits.of({ action: "request", url: "ws://one.test/a" })).toBe(
      limits.of({ action: "request", url: "ws://one.test/b?c" }),
    );
    expect(limits.of({ action: "request", url: "ws://one.test/" })).not.toBe(
      limits.of({ action: "request", url: "ws://two.test/" }),
    );
    expect(limits.of({ action: "request", url: "ws://one.test/" })).not.toBe(
      limits.of({ action: "connect", url: "ws://one.test/" }),
    );
  });

  it("that are in use are looked through only now and then for idle ones", () => {
    let looks = 0;
    const connect = (): RateLimiter => {
      const limiter = slidingWindow({ limit: 5, windowMs: 300_000 });
      return altered(limiter, {
        usage(options) {
          looks += 1;
          return limiter.usage(options);
        },
      });
    };
    const limits = serverLimits({ connect })[joinLimits](own, clock);
    for (let host = 0; host < 5_000; host += 1)
      limits.of({ action: "connect", url: url(host) }).acquire(1, { now: clock.now() });
    expect(looks).toBeLessThan(50_000);
  });

  it("are let go of when they are idle, with all that was kept for their hosts", async () => {
    setFlagsFromString("--expose-gc");
    const gc: () => void = runInNewContext("gc");
    const limits = serverLimits({ connect: () => slidingWindow(), message: () => slidingWindow() })[
      joinLimits
    ](own, clock);
    const joined: WeakRef<RateLimiter>[] = [];
    for (let host = 0; host < 10_000; host += 1) {
      for (const action of ["connect", "message", "request"] as const)
        joined.push(new WeakRef(limits.of({ action, url: url(host) })));
    }
    await new Promise(setImmediate);
    gc();
    expect(limits.perServer).toBe(true);
    expect(joined.filter((one) => one.deref() !== undefined).length).toBeLessThan(6_000);
  });

  it("that are no limiters are refused by name, each time that they are asked", () => {
    const limits = serverLimits({ connect: () => JSON.parse('{ "acquire": 1 }') })[joinLimits](own, clock);
    for (let turn = 0; turn < 2; turn += 1)
      expect(() => limits.of({ action: "connect", url: url(1) })).toThrow(
        /serverLimits: connect .*rate limiter for h1\.test/,
      );
  });
});
