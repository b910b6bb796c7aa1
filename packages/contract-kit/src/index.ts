export { ContractViolation, equal, ok, sameItems, throws } from "./assert.ts";
export { type ContractRunner, registerScenarios, runBounded } from "./scenarios.ts";
