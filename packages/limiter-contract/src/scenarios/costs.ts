import { ContractViolation, equal, ok } from "@outsock/contract-kit";
import { defineLimiterScenario, type LimiterScenario } from "../scenario.ts";

export const costScenarios: readonly LimiterScenario[] = [
  defineLimiterScenario({
    id: "acquire:cost",
    behaviour: "a cost takes that many permits",
    limit: 10,
    async run(testbed) {
      ok((await testbed.acquire(4)).allowed, "4 of 10 were refused");
      equal(await testbed.drain(), 6, "permits left");
    },
  }),
  defineLimiterScenario({
    id: "acquire:all-or-nothing",
    behaviour: "a cost above the free permits takes nothing",
    limit: 10,
    async run(testbed) {
      await testbed.acquire(8);
      ok(!(await testbed.acquire(3)).allowed, "3 were granted although 2 were left");
      equal(await testbed.drain(), 2, "permits left");
    },
  }),
  defineLimiterScenario({
    id: "acquire:never",
    behaviour: "a cost above the limit is refused without retryAfterMs, and takes nothing",
    limit: 5,
    async run(testbed) {
      const { allowed, retryAfterMs } = await testbed.acquire(6);
      ok(!allowed, "6 were granted of a limit of 5");
      equal(retryAfterMs, undefined, "retryAfterMs of a cost above the limit");
      equal(await testbed.drain(), 5, "permits left");
    },
  }),
  defineLimiterScenario({
    id: "acquire:bad-cost",
    behaviour: "a cost that is not a positive integer throws a TypeError, and takes nothing",
    limit: 5,
    async run(testbed) {
      for (const cost of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        const outcome = await testbed.acquire(cost).catch((error: unknown) => error);
        if (outcome instanceof TypeError) continue;
        throw new ContractViolation(`a cost of ${cost} is no TypeError`, outcome);
      }
      equal(await testbed.drain(), 5, "permits left");
    },
  }),
  defineLimiterScenario({
    id: "acquire:reserve",
    behaviour: "with a reserve, that many permits stay free: a cost that would leave fewer is refused",
    needs: "reserve",
    limit: 6,
    async run(testbed) {
      ok((await testbed.acquire(2, { reserve: 3 })).allowed, "2 of 6 with a reserve of 3 were refused");
      ok(!(await testbed.acquire(2, { reserve: 3 })).allowed, "2 of 4 with a reserve of 3 were granted");
      ok((await testbed.acquire(1, { reserve: 3 })).allowed, "1 of 4 with a reserve of 3 was refused");
      equal(
        (await testbed.acquire(4, { reserve: 3 })).retryAfterMs,
        undefined,
        "retryAfterMs of a cost that never fits",
      );
      equal(await testbed.drain(), 3, "permits left without a reserve");
    },
  }),
];
