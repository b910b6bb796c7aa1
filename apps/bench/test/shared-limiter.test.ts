import { findRedis } from "@outsock/test-servers";
import { describe, expect, it } from "vitest";
import { sharedLimiter } from "../src/measurements/shared-limiter.ts";

const nowhere = { ws: "ws://127.0.0.1:1", wss: "wss://127.0.0.1:1" };

describe.skipIf(findRedis() === undefined && !process.env.CI)("shared limiters", () => {
  it("exceed the limit with fixed windows, but not with a sliding one", async () => {
    const { samples } = await sharedLimiter.measure(nowhere, "coarse");
    expect(samples["shared-overshoot"]).toEqual([1]);
    const [fixed] = Object.values(samples["shared-overshoot/rate-limiter-flexible"] ?? {});
    expect(fixed).toBeGreaterThan(1.5);
  });
});
