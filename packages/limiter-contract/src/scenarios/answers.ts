import { equal, ok } from "../assert.ts";
import { randoms } from "../randoms.ts";
import { defineScenario, type LimiterScenario } from "../scenario.ts";

export const answerScenarios: readonly LimiterScenario[] = [
  defineScenario({
    id: "decision:figures",
    behaviour: "a decision tells the limit, what remains of it, and who decided",
    limit: 5,
    async run(lab) {
      for (const remaining of [4, 3, 2, 1, 0]) {
        const decision = await lab.acquire(1);
        equal(decision.limit, 5, "limit");
        equal(decision.remaining, remaining, "remaining");
        equal(decision.retryAfterMs, undefined, "retryAfterMs of what was allowed");
      }
      const { limit, remaining, source } = await lab.acquire(1);
      equal(limit, 5, "limit of a refusal");
      equal(remaining, 0, "remaining of a refusal");
      ok(["local", "remote", "fallback"].includes(source), `the source is ${source}`);
    },
  }),
  defineScenario({
    id: "decision:retry-enough",
    behaviour: "after retryAfterMs the same cost is given, when nobody else asks",
    limit: 9,
    async run(lab) {
      const random = randoms(2);
      for (let turn = 0; turn < 12; turn += 1) {
        const cost = 1 + Math.floor(random() * 6);
        const { allowed, retryAfterMs } = await lab.acquire(cost);
        if (!allowed) {
          ok(retryAfterMs !== undefined, "a refusal that does not last has no retryAfterMs");
          await lab.wait(retryAfterMs ?? 0);
          ok((await lab.acquire(cost)).allowed, `${cost} were refused again after ${retryAfterMs} ms`);
        }
        await lab.wait(random() * 0.2 * lab.windowMs);
      }
    },
  }),
  defineScenario({
    id: "decision:retry-not-more",
    behaviour: "retryAfterMs ends when the permits that are needed are as old as the window, and not later",
    limit: 6,
    async run(lab) {
      const givenAtMs: number[] = [];
      for (const part of [0.3, 0.25, 0]) {
        const askedAtMs = lab.now();
        await lab.acquire(2);
        givenAtMs.push(askedAtMs, lab.now());
        await lab.wait(part * lab.windowMs);
      }
      for (const [cost, first] of [
        [1, 0],
        [2, 0],
        [3, 2],
        [6, 4],
      ] as const) {
        const { retryAfterMs = Number.POSITIVE_INFINITY } = await lab.acquire(cost);
        const endMs = lab.now() + retryAfterMs;
        const [earliest = 0, latest = 0] = givenAtMs.slice(first, first + 2);
        // Two readings of a clock are floats; so is their difference.
        const slackMs = lab.toleranceMs + 0.001;
        ok(endMs >= earliest + lab.windowMs - 0.001, `${cost} are promised before they are free`);
        ok(endMs <= latest + lab.windowMs + slackMs, `${cost} are promised later than they are free`);
      }
    },
  }),
  defineScenario({
    id: "decision:reset-after",
    behaviour: "resetAfterMs ends when all permits are free",
    limit: 4,
    async run(lab) {
      await lab.acquire(1);
      await lab.wait(lab.windowMs * 0.4);
      const { resetAfterMs } = await lab.acquire(1);
      ok(resetAfterMs >= lab.windowMs * 0.99 - lab.toleranceMs, `resetAfterMs is ${resetAfterMs}`);
      ok(resetAfterMs <= lab.windowMs + lab.toleranceMs, `resetAfterMs is ${resetAfterMs}`);
      await lab.wait(resetAfterMs + lab.toleranceMs);
      equal(await lab.drain(), 4, "permits free after resetAfterMs");
    },
  }),
];
