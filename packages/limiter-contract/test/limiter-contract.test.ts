import { slidingWindow } from "@outsock/core";
import { manualClock } from "@outsock/core/testing";
import { expect, it } from "vitest";
import { describeLimiterContract, limiterScenarios } from "../src/index.ts";

const clock = manualClock();
const harness = {
  name: "window",
  createLimiter: slidingWindow,
  now: () => clock.now(),
  wait: (delayMs: number) => clock.advance(delayMs),
};

it("registers every scenario under its id, and those that do not apply as skipped", () => {
  const ran: string[] = [];
  const skipped: string[] = [];
  const register = Object.assign((name: string) => void ran.push(name), {
    skip: (name: string) => void skipped.push(name),
  });
  const runner = { describe: (_: string, body: () => void) => body(), it: register };
  describeLimiterContract({ ...harness, without: ["reserve"] }, runner);
  expect(ran).toHaveLength(limiterScenarios.length - 1);
  expect(skipped).toEqual([expect.stringMatching(/^\[acquire:reserve\].*\(needs reserve\)$/)]);
});
