import { manualClock } from "@outsock/core/testing";
import { describe, expect, it } from "vitest";
import { redisLimiter } from "../src/index.ts";
import { ModelRedis, scene } from "./support/model-redis.ts";

const make = (options: object): unknown =>
  Reflect.apply(redisLimiter, undefined, [new ModelRedis(manualClock()), options]);

describe("options", () => {
  it.each([
    {},
    { key: "" },
    { key: "k", limit: 0 },
    { key: "k", limit: 100_001 },
    { key: "k", windowMs: 0 },
    { key: "k", windowMs: 31_536_000_001 },
    { key: "k", lease: 1.5 },
    { key: "k", lease: 301 },
    { key: "k", lease: 2, leaseMs: 0 },
    { key: "k", leaseMs: 1_001 },
    { key: "k", onUnavailable: "wait" },
    { key: "k", fallbackLimit: 301 },
    { key: "k", commandTimeoutMs: 0 },
    { key: "k", retryMs: 0.5 },
    { key: "k", clock: {} },
    { key: "k", timeout: 5 },
  ])("throws a TypeError at once for %o", (options) => {
    expect(() => make(options)).toThrow(TypeError);
  });

  it("names what is wrong, and how to get it right", () => {
    expect(() => make({ key: "k", lease: 2, leaseMs: 0 })).toThrow(/leaseMs must be above 0/);
    expect(() => make({})).toThrow(/key must be a non-empty string/);
  });

  it("takes short windows with a lease", () => {
    expect(() => make({ key: "k", windowMs: 0.5, lease: 2 })).not.toThrow();
  });
});

it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("a cost of %d is a TypeError at once", (cost) => {
  expect(() => scene().limiter.acquire(cost)).toThrow(TypeError);
});

it.each([-1, 0.5, Number.NaN])("a reserve of %d is a TypeError at once", (reserve) => {
  expect(() => scene().limiter.acquire(1, { reserve })).toThrow(TypeError);
});

it("goes by its own clock, not by what a manager's says", async () => {
  const { limiter } = scene();
  await limiter.acquire(10, { now: 0 });
  expect(await limiter.acquire(1, { now: 900_000 })).toMatchObject({ allowed: false });
});
