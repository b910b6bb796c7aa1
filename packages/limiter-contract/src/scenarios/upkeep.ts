import { equal, ok } from "../assert.ts";
import { defineScenario, type LimiterScenario } from "../scenario.ts";

export const upkeepScenarios: readonly LimiterScenario[] = [
  defineScenario({
    id: "refund:again",
    behaviour: "what is taken back can be had again, and counts no more",
    needs: "refund",
    limit: 5,
    async run(lab) {
      const unused = await lab.acquire(3);
      await lab.acquire(1);
      lab.limiter.refund(3, unused);
      lab.asked.shift();
      await lab.wait(Math.min(lab.toleranceMs, lab.windowMs / 4));
      equal(await lab.drain(), 4, "permits free after 3 of 4 came back");
    },
  }),
  defineScenario({
    id: "refund:no-more",
    behaviour:
      "taking back frees only what the decision gave: what was taken before and after it keeps its time",
    needs: "refund",
    limit: 6,
    async run(lab) {
      await lab.acquire(2);
      await lab.wait(lab.windowMs * 0.2);
      const unused = await lab.acquire(2);
      await lab.wait(lab.windowMs * 0.2);
      const lastAskedAtMs = lab.now();
      await lab.acquire(2);
      lab.limiter.refund(2, unused);
      await lab.wait(lab.windowMs * 0.7);
      // The first two are free again, the refunded two as well, the last two are not.
      if (lab.now() - lastAskedAtMs < lab.windowMs) equal(await lab.drain(), 4, "permits free");
    },
  }),
  defineScenario({
    id: "refund:too-late",
    behaviour: "taking back what has expired already frees nothing",
    needs: "refund",
    limit: 4,
    async run(lab) {
      const old = await lab.acquire(4);
      await lab.wait(lab.windowMs + lab.toleranceMs);
      await lab.acquire(3);
      lab.limiter.refund(4, old);
      await lab.wait(Math.min(lab.toleranceMs, lab.windowMs / 4));
      equal(await lab.drain(), 1, "permits free");
    },
  }),
  defineScenario({
    id: "refund:after-reset",
    behaviour: "taking back what a reset has forgotten frees nothing",
    needs: "refund",
    limit: 4,
    async run(lab) {
      const old = await lab.acquire(4);
      await lab.limiter.reset();
      await lab.acquire(3);
      lab.limiter.refund(4, old);
      await lab.wait(Math.min(lab.toleranceMs, lab.windowMs / 4));
      equal(await lab.drain(), 1, "permits free");
    },
  }),
  defineScenario({
    id: "usage:figures",
    behaviour: "usage tells what is used of which limit in which window, and forgets what has expired",
    limit: 5,
    async run(lab) {
      equal(lab.used(), 0, "used at the start");
      await lab.acquire(2);
      await lab.acquire(1);
      const usage = lab.limiter.usage({ now: lab.now() });
      equal(usage.used, 3, "used");
      equal(usage.limit, 5, "limit");
      equal(usage.windowMs, lab.windowMs, "windowMs");
      await lab.wait(lab.windowMs + lab.toleranceMs);
      equal(lab.used(), 0, "used after the window");
    },
  }),
  defineScenario({
    id: "usage:refused",
    behaviour: "what was refused is not used",
    limit: 3,
    async run(lab) {
      await lab.drain();
      ok(!(await lab.acquire(1)).allowed, "a permit was given beyond the limit");
      equal(lab.used(), 3, "used");
    },
  }),
  defineScenario({
    id: "reset:all",
    behaviour: "after a reset the whole limit is free",
    limit: 4,
    async run(lab) {
      await lab.drain();
      await lab.limiter.reset();
      equal(lab.used(), 0, "used after a reset");
      equal(await lab.drain(), 4, "permits free after a reset");
    },
  }),
];
