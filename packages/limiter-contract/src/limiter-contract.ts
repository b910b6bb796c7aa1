import { registerScenarios } from "@outsock/contract-kit";
import type { LimiterHarness } from "./harness.ts";
import type { LimiterScenario } from "./scenario.ts";
import { costScenarios } from "./scenarios/costs.ts";
import { decisionScenarios } from "./scenarios/decisions.ts";
import { refundAndUsageScenarios } from "./scenarios/refund-and-usage.ts";
import { windowScenarios } from "./scenarios/windows.ts";

type Register = (name: string, body: () => Promise<void>) => unknown;

/** The two functions of a test runner that the contract needs. vitest, node:test, jest and bun:test have them. */
export interface LimiterContractRunner {
  describe(name: string, body: () => void): unknown;
  /** With `skip`, scenarios that do not apply are reported as skipped; without, they are left out. */
  readonly it: Register & { readonly skip?: Register };
}

/** Every promise of the RateLimiter port, as data. */
export const limiterScenarios: readonly LimiterScenario[] = [
  ...windowScenarios,
  ...costScenarios,
  ...decisionScenarios,
  ...refundAndUsageScenarios,
];

/**
 * Registers every scenario as a test. Those about an ability that the harness lists in `without` are registered as skipped.
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
export function describeLimiterContract(harness: LimiterHarness, runner: LimiterContractRunner): void {
  registerScenarios(
    {
      suite: `${harness.name} keeps the limiter contract`,
      scenarios: limiterScenarios,
      harness,
      lacking: ({ needs }) => (needs !== undefined && harness.without?.includes(needs) ? [needs] : []),
    },
    runner,
  );
}
