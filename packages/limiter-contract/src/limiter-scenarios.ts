import type { LimiterScenario } from "./scenario.ts";
import { answerScenarios } from "./scenarios/answers.ts";
import { costScenarios } from "./scenarios/costs.ts";
import { upkeepScenarios } from "./scenarios/upkeep.ts";
import { windowScenarios } from "./scenarios/windows.ts";

/** Everything that a rate limiter promises. */
export const limiterScenarios: readonly LimiterScenario[] = [
  ...windowScenarios,
  ...costScenarios,
  ...answerScenarios,
  ...upkeepScenarios,
];
