export { ContractViolation, equal, ok, sameItems, throws } from "./assert.ts";
export { registerScenarios, runBounded } from "./scenarios.ts";
