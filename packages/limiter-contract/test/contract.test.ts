import { composite, type RateLimiter, slidingWindow } from "@outsock/core";
import { manualClock } from "@outsock/core/testing";
import { describe, it } from "vitest";
import { type ContractLimiterOptions, describeLimiterContract } from "../src/index.ts";

const clock = manualClock();
const time = { now: () => clock.now(), wait: (delayMs: number) => clock.advance(delayMs) };

/** A limiter that answers asynchronously, as one with a store does. */
function asynchronous(limiter: RateLimiter): RateLimiter {
  return {
    acquire: async (cost, options) => limiter.acquire(cost, options),
    refund: (cost, decision) => limiter.refund(cost, decision),
    usage: (options) => limiter.usage(options),
    reset: () => limiter.reset(),
  };
}

const limiters: Readonly<Record<string, (options: ContractLimiterOptions) => RateLimiter>> = {
  slidingWindow,
  "composite of one": (options) => composite(slidingWindow(options)),
  "composite of a tight and a wide one": ({ limit, windowMs }) =>
    composite(slidingWindow({ limit: limit * 10, windowMs }), slidingWindow({ limit, windowMs })),
  "composite with an asynchronous limiter": (options) =>
    composite(slidingWindow(options), asynchronous(slidingWindow(options))),
};

for (const [name, createLimiter] of Object.entries(limiters)) {
  describeLimiterContract({ name, createLimiter, ...time }, { describe, it });
}

describeLimiterContract(
  {
    name: "slidingWindow on the real clock",
    createLimiter: slidingWindow,
    now: () => performance.now(),
    async wait(delayMs) {
      const untilMs = performance.now() + delayMs;
      while (performance.now() < untilMs) await new Promise((resolve) => setTimeout(resolve, 1));
    },
    windowMs: 60,
    toleranceMs: 15,
  },
  { describe, it },
);
