import { equal, ok } from "@outsock/contract-kit";
import { randoms } from "../randoms.ts";
import { defineLimiterScenario, type LimiterScenario } from "../scenario.ts";

export const decisionScenarios: readonly LimiterScenario[] = [
  defineLimiterScenario({
    id: "decision:figures",
    behaviour: "a decision has the limit, the remaining permits and the source of the decision",
    limit: 5,
    async run(testbed) {
      for (const remaining of [4, 3, 2, 1, 0]) {
        const decision = await testbed.acquire(1);
        equal(decision.limit, 5, "limit");
        equal(decision.remaining, remaining, "remaining");
        equal(decision.retryAfterMs, undefined, "retryAfterMs of an allowed acquire");
      }
      const { limit, remaining, source } = await testbed.acquire(1);
      equal(limit, 5, "limit of a refusal");
      equal(remaining, 0, "remaining of a refusal");
      ok(["local", "remote", "fallback"].includes(source), `the source is ${source}`);
    },
  }),
  defineLimiterScenario({
    id: "decision:retry-enough",
    behaviour: "after retryAfterMs the same cost is granted, if nothing else was acquired meanwhile",
    limit: 9,
    async run(testbed) {
      const random = randoms(2);
      for (let turn = 0; turn < 12; turn += 1) {
        const cost = 1 + Math.floor(random() * 6);
        const { allowed, retryAfterMs } = await testbed.acquire(cost);
        if (!allowed) {
          ok(retryAfterMs !== undefined, "a temporary refusal has no retryAfterMs");
          await testbed.wait(retryAfterMs ?? 0);
          ok((await testbed.acquire(cost)).allowed, `${cost} were refused again after ${retryAfterMs} ms`);
        }
        await testbed.wait(random() * 0.2 * testbed.windowMs);
      }
    },
  }),
  defineLimiterScenario({
    id: "decision:retry-not-more",
    behaviour: "retryAfterMs ends when the needed permits leave the window, and not later",
    limit: 6,
    async run(testbed) {
      const givenAtMs: number[] = [];
      for (const part of [0.3, 0.25, 0]) {
        const askedAtMs = testbed.now();
        await testbed.acquire(2);
        givenAtMs.push(askedAtMs, testbed.now());
        await testbed.wait(part * testbed.windowMs);
      }
      for (const [cost, first] of [
        [1, 0],
        [2, 0],
        [3, 2],
        [6, 4],
      ] as const) {
        const { retryAfterMs = Number.POSITIVE_INFINITY } = await testbed.acquire(cost);
        const endMs = testbed.now() + retryAfterMs;
        const [earliest = 0, latest = 0] = givenAtMs.slice(first, first + 2);
        // Two readings of a clock are floats; so is their difference.
        const slackMs = testbed.toleranceMs + 0.001;
        ok(endMs >= earliest + testbed.windowMs - 0.001, `${cost} are promised before they are free`);
        ok(endMs <= latest + testbed.windowMs + slackMs, `${cost} are promised later than they are free`);
      }
    },
  }),
  defineLimiterScenario({
    id: "decision:reset-after",
    behaviour: "resetAfterMs ends when all permits are free",
    limit: 4,
    async run(testbed) {
      await testbed.acquire(1);
      await testbed.wait(testbed.windowMs * 0.4);
      const { resetAfterMs } = await testbed.acquire(1);
      ok(resetAfterMs >= testbed.windowMs * 0.99 - testbed.toleranceMs, `resetAfterMs is ${resetAfterMs}`);
      ok(resetAfterMs <= testbed.windowMs + testbed.toleranceMs, `resetAfterMs is ${resetAfterMs}`);
      await testbed.wait(resetAfterMs + testbed.toleranceMs);
      equal(await testbed.drain(), 4, "permits free after resetAfterMs");
    },
  }),
];
