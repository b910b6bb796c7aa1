import { manualClock } from "@outsock/core/testing";
import { describe, expect, it } from "vitest";
import { redisLimiter } from "../src/index.ts";
import { ModelRedis } from "./support/model-redis.ts";

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

  it("the message names the problem and how to fix it", () => {
    expect(() => make({ key: "k", lease: 2, leaseMs: 0 })).toThrow(/leaseMs must be above 0/);
    expect(() => make({})).toThrow(/key must be a non-empty string/);
  });

  it("accepts a short window with a lease", () => {
    expect(() => make({ key: "k", windowMs: 0.5, lease: 2 })).not.toThrow();
  });
});
