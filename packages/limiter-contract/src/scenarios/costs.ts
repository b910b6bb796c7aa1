import { ContractViolation, equal, ok } from "../assert.ts";
import { defineScenario, type LimiterScenario } from "../scenario.ts";

export const costScenarios: readonly LimiterScenario[] = [
  defineScenario({
    id: "acquire:cost",
    behaviour: "a cost takes as many permits",
    limit: 10,
    async run(lab) {
      ok((await lab.acquire(4)).allowed, "4 of 10 were refused");
      equal(await lab.drain(), 6, "permits left");
    },
  }),
  defineScenario({
    id: "acquire:all-or-nothing",
    behaviour: "a cost that is more than what is free takes nothing",
    limit: 10,
    async run(lab) {
      await lab.acquire(8);
      ok(!(await lab.acquire(3)).allowed, "3 were given of 2 that are left");
      equal(await lab.drain(), 2, "permits left");
    },
  }),
  defineScenario({
    id: "acquire:never",
    behaviour: "a cost above the limit is refused without a retryAfterMs, and takes nothing",
    limit: 5,
    async run(lab) {
      const { allowed, retryAfterMs } = await lab.acquire(6);
      ok(!allowed, "6 were given of a limit of 5");
      equal(retryAfterMs, undefined, "retryAfterMs of what can never be");
      equal(await lab.drain(), 5, "permits left");
    },
  }),
  defineScenario({
    id: "acquire:bad-cost",
    behaviour: "a cost that is no positive integer is a TypeError, and takes nothing",
    limit: 5,
    async run(lab) {
      for (const cost of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        const outcome = await lab.acquire(cost).catch((error: unknown) => error);
        if (outcome instanceof TypeError) continue;
        throw new ContractViolation(`a cost of ${cost} is no TypeError`, outcome);
      }
      equal(await lab.drain(), 5, "permits left");
    },
  }),
  defineScenario({
    id: "acquire:reserve",
    behaviour: "with a reserve, as many permits stay free, also for a cost that would leave fewer",
    needs: "reserve",
    limit: 6,
    async run(lab) {
      ok((await lab.acquire(2, { reserve: 3 })).allowed, "2 of 6 with a reserve of 3 were refused");
      ok(!(await lab.acquire(2, { reserve: 3 })).allowed, "2 of 4 with a reserve of 3 were given");
      ok((await lab.acquire(1, { reserve: 3 })).allowed, "1 of 4 with a reserve of 3 was refused");
      equal(
        (await lab.acquire(4, { reserve: 3 })).retryAfterMs,
        undefined,
        "retryAfterMs of what never fits",
      );
      equal(await lab.drain(), 3, "permits left for who has no reserve");
    },
  }),
];
