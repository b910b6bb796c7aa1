import { runBounded } from "@outsock/contract-kit";
import type { LimiterAbility, LimiterHarness } from "./harness.ts";
import { LimiterTestbed } from "./limiter-testbed.ts";

/** One promise of the RateLimiter port, and how to test it. */
export interface LimiterScenario {
  /** Stable, like `acquire:exact`. */
  readonly id: string;
  /** The promise, in one sentence. */
  readonly behaviour: string;
  /** What a limiter must be able to do for the promise to apply. Default: nothing in particular. */
  readonly needs?: LimiterAbility;
  /** Rejects when the limiter breaks the promise, or when the scenario takes longer than the harness allows. */
  run(harness: LimiterHarness): Promise<void>;
}

interface ScenarioDefinition extends Omit<LimiterScenario, "run"> {
  /** Of the limiter under test. */
  readonly limit: number;
  run(testbed: LimiterTestbed): Promise<void>;
}

export function defineLimiterScenario({ limit, ...definition }: ScenarioDefinition): LimiterScenario {
  return {
    ...definition,
    run: (harness) =>
      runBounded(definition.id, harness.scenarioTimeoutMs ?? 10_000, async () =>
        definition.run(await LimiterTestbed.open(harness, limit)),
      ),
  };
}
