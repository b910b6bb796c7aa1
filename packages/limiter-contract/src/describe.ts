import type { LimiterHarness } from "./harness.ts";
import { limiterScenarios } from "./limiter-scenarios.ts";
import type { LimiterScenario } from "./scenario.ts";

type Register = (name: string, body: () => Promise<void>) => unknown;

/** The two functions of a test runner that the contract needs. vitest, node:test, jest and bun:test have them. */
export interface ContractRunner {
  describe(name: string, body: () => void): unknown;
  /** With `skip`, scenarios that do not concern the limiter are listed as skipped; without, they are left out. */
  readonly it: Register & { readonly skip?: Register };
}

/**
 * Registers every scenario as a test.
 *
 * @example
 * const clock = manualClock();
 * describeLimiterContract(
 *   {
 *     name: "slidingWindow",
 *     createLimiter: slidingWindow,
 *     now: () => clock.now(),
 *     wait: (delayMs) => clock.advance(delayMs),
 *   },
 *   { describe, it },
 * );
 */
export function describeLimiterContract(harness: LimiterHarness, runner: ContractRunner): void {
  runner.describe(`${harness.name} keeps the limiter contract`, () => {
    for (const scenario of limiterScenarios) register(scenario, harness, runner);
  });
}

function register(scenario: LimiterScenario, harness: LimiterHarness, { it }: ContractRunner): void {
  const name = `[${scenario.id}] ${scenario.behaviour}`;
  const body = (): Promise<void> => scenario.run(harness);
  const { needs } = scenario;
  if (needs === undefined || harness.without?.includes(needs) !== true) it(name, body);
  else it.skip?.(`${name} (not without ${needs})`, body);
}
