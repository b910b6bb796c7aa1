import type { TransportCapabilities } from "@outsock/core";
import { ContractViolation } from "./assert.ts";
import type { ContractHarness } from "./harness.ts";
import { Lab } from "./lab.ts";

/** A capability without which a scenario makes no sense. */
export type TransportNeed = Exclude<keyof TransportCapabilities, "name">;

/** One promise of the Transport port, and how to see whether a transport keeps it. */
export interface TransportScenario {
  /** Stable, like `open:refused`. The port's documentation and the adapters' comments refer to it. */
  readonly id: string;
  /** The promise, in one sentence. */
  readonly behaviour: string;
  /** The capabilities that a transport must have for the promise to concern it. Default: none. */
  readonly needs?: readonly TransportNeed[];
  /** Rejects when the transport breaks the promise, or when the scenario takes longer than the harness allows. */
  run(harness: ContractHarness): Promise<void>;
}

interface ScenarioDefinition extends Omit<TransportScenario, "run"> {
  run(lab: Lab): Promise<void>;
}

export function defineScenario(definition: ScenarioDefinition): TransportScenario {
  return { ...definition, run: (harness) => runBounded(definition, harness) };
}

async function runBounded(definition: ScenarioDefinition, harness: ContractHarness): Promise<void> {
  const lab = new Lab(harness);
  const limitMs = harness.scenarioTimeoutMs ?? 5_000;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new ContractViolation(`${definition.id}: not done after ${limitMs} ms`);
    timer = setTimeout(() => reject(error), limitMs);
  });
  try {
    await Promise.race([definition.run(lab), late]);
  } finally {
    clearTimeout(timer);
    await lab.dispose();
  }
}
