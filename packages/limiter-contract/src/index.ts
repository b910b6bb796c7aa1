export { type ContractRunner, describeLimiterContract } from "./describe.ts";
export type { ContractLimiterOptions, LimiterAbility, LimiterHarness } from "./harness.ts";
export { limiterScenarios } from "./limiter-scenarios.ts";
export type { LimiterScenario } from "./scenario.ts";
