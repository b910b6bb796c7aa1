export type { ContractRunner } from "@outsock/contract-kit";
export type { ContractLimiterOptions, LimiterAbility, LimiterHarness } from "./harness.ts";
export { describeLimiterContract, limiterScenarios } from "./limiter-contract.ts";
export type { LimiterScenario } from "./scenario.ts";
