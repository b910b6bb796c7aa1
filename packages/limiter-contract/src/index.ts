export type { ContractLimiterOptions, LimiterAbility, LimiterHarness } from "./harness.ts";
export { describeLimiterContract, type LimiterContractRunner, limiterScenarios } from "./limiter-contract.ts";
export type { LimiterScenario } from "./scenario.ts";
