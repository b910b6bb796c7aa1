import { equal, ok } from "../assert.ts";
import type { Lab } from "../lab.ts";
import { randoms } from "../randoms.ts";
import { defineScenario, type LimiterScenario } from "../scenario.ts";

/** Asks at random moments, in bursts and alone, over some windows. */
async function askAtRandom(lab: Lab, seed: number): Promise<void> {
  const random = randoms(seed);
  const endMs = lab.now() + 6 * lab.windowMs;
  while (lab.now() < endMs) {
    const burst = Array.from({ length: 1 + Math.floor(random() * 6) }, () => 1 + Math.floor(random() * 3));
    await Promise.all(burst.map((cost) => lab.acquire(cost)));
    await lab.wait(random() * random() * lab.windowMs * 0.6);
  }
}

export const windowScenarios: readonly LimiterScenario[] = [
  defineScenario({
    id: "acquire:limit",
    behaviour: "as many permits as the limit are given at once, and not one more",
    limit: 7,
    async run(lab) {
      equal(await lab.drain(), 7, "permits given at once");
    },
  }),
  defineScenario({
    id: "acquire:at-once",
    behaviour: "asked for all at the same moment, no more than the limit is given, and no less",
    limit: 10,
    async run(lab) {
      const all = await Promise.all(Array.from({ length: 25 }, () => lab.acquire(1)));
      equal(all.filter(({ allowed }) => allowed).length, 10, "permits given");
    },
  }),
  defineScenario({
    id: "acquire:exact",
    behaviour: "in no window of this length, wherever it starts, are more permits given than the limit",
    limit: 8,
    async run(lab) {
      await askAtRandom(lab, 1);
      ok(lab.mostInOneWindow() <= 8, `${lab.mostInOneWindow()} permits were given in one window of 8`);
    },
  }),
  defineScenario({
    id: "acquire:sliding",
    behaviour:
      "a permit is free again when it is as old as the window, and not before: windows have no edges",
    limit: 8,
    async run(lab) {
      for (let turn = 0; turn < 4; turn += 1) await lab.acquire(1);
      await lab.wait(lab.windowMs / 2);
      const halfMs = lab.now();
      equal(await lab.drain(), 4, "permits left after half a window");
      await lab.wait(lab.windowMs / 2 + lab.toleranceMs);
      const passedMs = lab.now() - halfMs;
      const given = await lab.drain();
      const expected = passedMs < lab.windowMs ? 4 : 8;
      equal(given, expected, `permits free after ${Math.round(passedMs)} ms more`);
    },
  }),
  defineScenario({
    id: "acquire:full-use",
    behaviour:
      "who takes every permit as soon as it is there gets the whole limit, in one window after the other",
    limit: 20,
    async run(lab) {
      const startMs = lab.now();
      let given = 0;
      while (given < 3 * 20) {
        const { allowed, retryAfterMs = 0 } = await lab.acquire(1);
        if (allowed) given += 1;
        else await lab.wait(retryAfterMs);
      }
      const tookMs = lab.now() - startMs;
      // The first 20 are there at once. Two readings of a clock are floats; so is their difference.
      const mostMs = 2 * lab.windowMs + 3 * lab.toleranceMs + 0.01;
      ok(tookMs <= mostMs, `three times the limit took ${tookMs} ms instead of ${mostMs}`);
    },
  }),
];
