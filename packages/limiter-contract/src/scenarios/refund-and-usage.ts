import { equal, ok } from "@outsock/contract-kit";
import { defineLimiterScenario, type LimiterScenario } from "../scenario.ts";

export const refundAndUsageScenarios: readonly LimiterScenario[] = [
  defineLimiterScenario({
    id: "refund:again",
    behaviour: "refunded permits are free again, and no longer count as used",
    needs: "refund",
    limit: 5,
    async run(testbed) {
      const unused = await testbed.acquire(3);
      await testbed.acquire(1);
      testbed.limiter.refund(3, unused);
      testbed.decisions.shift();
      await testbed.wait(Math.min(testbed.toleranceMs, testbed.windowMs / 4));
      equal(await testbed.drain(), 4, "permits free after a refund of 3 of 4");
    },
  }),
  defineLimiterScenario({
    id: "refund:no-more",
    behaviour: "a refund frees only the permits of its decision: earlier and later ones keep their time",
    needs: "refund",
    limit: 6,
    async run(testbed) {
      await testbed.acquire(2);
      await testbed.wait(testbed.windowMs * 0.2);
      const unused = await testbed.acquire(2);
      await testbed.wait(testbed.windowMs * 0.2);
      const lastAskedAtMs = testbed.now();
      await testbed.acquire(2);
      testbed.limiter.refund(2, unused);
      await testbed.wait(testbed.windowMs * 0.7);
      // The first two are free again, the refunded two as well, the last two are not.
      if (testbed.now() - lastAskedAtMs < testbed.windowMs) equal(await testbed.drain(), 4, "permits free");
    },
  }),
  defineLimiterScenario({
    id: "refund:too-late",
    behaviour: "a refund of expired permits frees nothing",
    needs: "refund",
    limit: 4,
    async run(testbed) {
      const old = await testbed.acquire(4);
      await testbed.wait(testbed.windowMs + testbed.toleranceMs);
      await testbed.acquire(3);
      testbed.limiter.refund(4, old);
      await testbed.wait(Math.min(testbed.toleranceMs, testbed.windowMs / 4));
      equal(await testbed.drain(), 1, "permits free");
    },
  }),
  defineLimiterScenario({
    id: "refund:after-reset",
    behaviour: "a refund of permits from before a reset frees nothing",
    needs: "refund",
    limit: 4,
    async run(testbed) {
      const old = await testbed.acquire(4);
      await testbed.limiter.reset();
      await testbed.acquire(3);
      testbed.limiter.refund(4, old);
      await testbed.wait(Math.min(testbed.toleranceMs, testbed.windowMs / 4));
      equal(await testbed.drain(), 1, "permits free");
    },
  }),
  defineLimiterScenario({
    id: "usage:figures",
    behaviour: "usage returns used, limit and windowMs, without expired permits",
    limit: 5,
    async run(testbed) {
      equal(testbed.used(), 0, "used at the start");
      await testbed.acquire(2);
      await testbed.acquire(1);
      const usage = testbed.limiter.usage({ now: testbed.now() });
      equal(usage.used, 3, "used");
      equal(usage.limit, 5, "limit");
      equal(usage.windowMs, testbed.windowMs, "windowMs");
      await testbed.wait(testbed.windowMs + testbed.toleranceMs);
      equal(testbed.used(), 0, "used after the window");
    },
  }),
  defineLimiterScenario({
    id: "usage:refused",
    behaviour: "refused permits do not count as used",
    limit: 3,
    async run(testbed) {
      await testbed.drain();
      ok(!(await testbed.acquire(1)).allowed, "a permit was granted beyond the limit");
      equal(testbed.used(), 3, "used");
    },
  }),
  defineLimiterScenario({
    id: "reset:all",
    behaviour: "after a reset the whole limit is free",
    limit: 4,
    async run(testbed) {
      await testbed.drain();
      await testbed.limiter.reset();
      equal(testbed.used(), 0, "used after a reset");
      equal(await testbed.drain(), 4, "permits free after a reset");
    },
  }),
];
