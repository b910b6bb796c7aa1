import { equal, ok } from "@outsock/contract-kit";
import type { LimiterTestbed } from "../limiter-testbed.ts";
import { randoms } from "../randoms.ts";
import { defineLimiterScenario, type LimiterScenario } from "../scenario.ts";

/** Acquires at random times, singly and in bursts, for a few windows. */
async function acquireAtRandom(testbed: LimiterTestbed, seed: number): Promise<void> {
  const random = randoms(seed);
  const endMs = testbed.now() + 6 * testbed.windowMs;
  while (testbed.now() < endMs) {
    const burst = Array.from({ length: 1 + Math.floor(random() * 6) }, () => 1 + Math.floor(random() * 3));
    await Promise.all(burst.map((cost) => testbed.acquire(cost)));
    await testbed.wait(random() * random() * testbed.windowMs * 0.6);
  }
}

export const windowScenarios: readonly LimiterScenario[] = [
  defineLimiterScenario({
    id: "acquire:limit",
    behaviour: "exactly as many permits as the limit are granted at once",
    limit: 7,
    async run(testbed) {
      equal(await testbed.drain(), 7, "permits granted at once");
    },
  }),
  defineLimiterScenario({
    id: "acquire:at-once",
    behaviour: "of simultaneous acquires exactly as many as the limit are granted",
    limit: 10,
    async run(testbed) {
      const all = await Promise.all(Array.from({ length: 25 }, () => testbed.acquire(1)));
      equal(all.filter(({ allowed }) => allowed).length, 10, "permits granted");
    },
  }),
  defineLimiterScenario({
    id: "acquire:exact",
    behaviour: "no window of this length, wherever it starts, has more permits than the limit",
    limit: 8,
    async run(testbed) {
      await acquireAtRandom(testbed, 1);
      ok(
        testbed.mostInOneWindow() <= 8,
        `${testbed.mostInOneWindow()} permits were granted in one window of 8`,
      );
    },
  }),
  defineLimiterScenario({
    id: "acquire:sliding",
    behaviour: "a permit is free again when it is as old as the window, and not before: the window slides",
    limit: 8,
    async run(testbed) {
      for (let turn = 0; turn < 4; turn += 1) await testbed.acquire(1);
      await testbed.wait(testbed.windowMs / 2);
      const halfMs = testbed.now();
      equal(await testbed.drain(), 4, "permits left after half a window");
      await testbed.wait(testbed.windowMs / 2 + testbed.toleranceMs);
      const passedMs = testbed.now() - halfMs;
      const given = await testbed.drain();
      const expected = passedMs < testbed.windowMs ? 4 : 8;
      equal(given, expected, `permits free after ${Math.round(passedMs)} ms more`);
    },
  }),
  defineLimiterScenario({
    id: "acquire:full-use",
    behaviour: "a caller that takes every permit as soon as it is free gets the whole limit in each window",
    limit: 20,
    async run(testbed) {
      const startMs = testbed.now();
      let given = 0;
      while (given < 3 * 20) {
        const { allowed, retryAfterMs = 0 } = await testbed.acquire(1);
        if (allowed) given += 1;
        else await testbed.wait(retryAfterMs);
      }
      const tookMs = testbed.now() - startMs;
      // The first 20 are free at once. Two readings of a clock are floats; so is their difference.
      const mostMs = 2 * testbed.windowMs + 3 * testbed.toleranceMs + 0.01;
      ok(tookMs <= mostMs, `three times the limit took ${tookMs} ms instead of ${mostMs}`);
    },
  }),
];
