import { describe, expect, it } from "vitest";
import {
  composite,
  type RateDecision,
  type RateLimiter,
  serverLimits,
  slidingWindow,
} from "../../src/index.ts";
import { manualClock } from "../../src/testing.ts";
import { altered, atOnce, granted, saying } from "../support/limiters.ts";
import { scene } from "../support/scene.ts";
import { unhandledRejections } from "../support/unhandled.ts";

const clock = manualClock();
const window = (limit: number, windowMs = 1_000): RateLimiter => slidingWindow({ limit, windowMs, clock });
const from = (source: RateDecision["source"], remaining: number): RateLimiter =>
  saying(() => ({ ...granted, source, remaining }));

describe("what several limits decide together", () => {
  it("is all free again when the slowest of them is", () => {
    expect(composite(window(5, 100), window(5, 10_000)).acquire(1)).toMatchObject({ resetAfterMs: 10_000 });
    expect(composite(window(5, 10_000), window(5, 100)).acquire(1)).toMatchObject({ resetAfterMs: 10_000 });
  });

  it.each([
    ["fallback", ["remote", "fallback", "local"]],
    ["remote", ["local", "remote"]],
    ["local", ["local", "local"]],
  ] as const)("says %s of %o, whichever is nearest to its limit", (source, sources) => {
    for (const nearest of sources.keys()) {
      const limiters = sources.map((one, index) => from(one, index === nearest ? 1 : 5));
      expect(composite(...limiters).acquire(1)).toMatchObject({ allowed: true, remaining: 1, source });
    }
  });

  it("takes back nothing of who gave nothing", () => {
    const refunds: RateDecision[] = [];
    const noting = (limiter: RateLimiter): RateLimiter =>
      altered(limiter, {
        refund(cost, decision) {
          refunds.push(decision);
          limiter.refund(cost, decision);
        },
      });
    const [narrow, wide] = [window(1), window(5)];
    const both = composite(noting(narrow), noting(wide));
    both.acquire(1);
    expect(atOnce(both.acquire(1)).allowed).toBe(false);
    expect(refunds.map(({ allowed }) => allowed)).toEqual([true]);
    expect(wide.usage().used).toBe(1);
  });
});

describe("a limiter that fails while several are asked", () => {
  it("to take back what it gave harms nobody", async () => {
    const unhandled = unhandledRejections();
    const awayLater = altered(window(5), {
      refund: async () => {
        throw new Error("store away");
      },
    });
    const away = altered(window(5), {
      refund: () => {
        throw new Error("store away");
      },
    });
    const all = composite(awayLater, away, window(1));
    all.acquire(1);
    expect(atOnce(all.acquire(1)).allowed).toBe(false);
    expect(await unhandled()).toEqual([]);
  });

  it("to reset rejects the reset, once all have been told to", async () => {
    const unhandled = unhandledRejections();
    const last = window(3);
    last.acquire(2);
    const all = composite(
      altered(window(1), { reset: () => Promise.reject(new Error("one")) }),
      altered(window(1), {
        reset: () => {
          throw new Error("two");
        },
      }),
      last,
    );
    await expect(all.reset()).rejects.toThrow(/^(one|two)$/);
    expect(last.usage().used).toBe(0);
    expect(await unhandled()).toEqual([]);
  });

  it("has a reset that is over when the slowest is", async () => {
    let finish: () => void = () => undefined;
    const slow = altered(window(1), {
      reset: () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
    });
    let over = false;
    const resetting = Promise.resolve(composite(slow, window(1)).reset()).then(() => {
      over = true;
    });
    await new Promise(setImmediate);
    expect(over).toBe(false);
    finish();
    await resetting;
  });
});

describe("a request to a server that has limits", () => {
  const remote = saying(() => Promise.resolve({ ...granted, source: "remote" }));

  it.each([
    ["refuses", () => ({ ...granted, allowed: false, retryAfterMs: 5 })],
    ["refuses later", async () => ({ ...granted, allowed: false, retryAfterMs: 5 })],
    ["fails later", () => Promise.reject(new Error("store away"))],
  ] as const)(
    "gives back four of the manager's permits and one of the server's where another %s",
    async (_, answer) => {
      const refunds: [string, number][] = [];
      const noting = (name: string): RateLimiter =>
        altered(remote, { refund: (cost) => void refunds.push([name, cost]) });
      const { manager } = scene({
        rateLimiter: noting("own"),
        limits: serverLimits({ connect: noting("connect"), message: saying(answer) }),
      });
      expect((await manager.request("ws://one.test/", 1)).error?.code).toBe("RATE_LIMITED");
      expect(refunds).toEqual([
        ["own", 4],
        ["connect", 1],
      ]);
    },
  );
});

it("a limiter that names a wait below nothing has answered nonsense, which refuses and says so", async () => {
  const { manager } = scene({
    rateLimiter: saying(() => ({ ...granted, allowed: false, retryAfterMs: -5 })),
    onLimit: { wait: 1_000 },
  });
  const { error } = await manager.connect("ws://one.test/");
  expect(error).toMatchObject({ code: "RATE_LIMITED", sent: "no" });
  expect(error?.cause).toBeInstanceOf(TypeError);
});
