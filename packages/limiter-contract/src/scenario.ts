import { ContractViolation } from "./assert.ts";
import type { LimiterAbility, LimiterHarness } from "./harness.ts";
import { Lab } from "./lab.ts";

/** One promise of the RateLimiter port, and how to see whether a limiter keeps it. */
export interface LimiterScenario {
  /** Stable, like `acquire:exact`. */
  readonly id: string;
  /** The promise, in one sentence. */
  readonly behaviour: string;
  /** What a limiter must be able to do for the promise to concern it. Default: nothing besides. */
  readonly needs?: LimiterAbility;
  /** Rejects when the limiter breaks the promise, or when the scenario takes longer than the harness allows. */
  run(harness: LimiterHarness): Promise<void>;
}

interface ScenarioDefinition extends Omit<LimiterScenario, "run"> {
  /** Of the limiter under test. */
  readonly limit: number;
  run(lab: Lab): Promise<void>;
}

export function defineScenario({ limit, ...definition }: ScenarioDefinition): LimiterScenario {
  return {
    ...definition,
    run: (harness) =>
      bounded(definition.id, harness, async () => definition.run(await Lab.open(harness, limit))),
  };
}

async function bounded(id: string, harness: LimiterHarness, run: () => Promise<void>): Promise<void> {
  const limitMs = harness.scenarioTimeoutMs ?? 10_000;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new ContractViolation(`${id}: not done after ${limitMs} ms`);
    timer = setTimeout(() => reject(error), limitMs);
  });
  try {
    await Promise.race([run(), late]);
  } finally {
    clearTimeout(timer);
  }
}
