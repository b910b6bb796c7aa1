import { runBounded } from "@outsock/contract-kit";
import type { TransportCapabilities } from "@outsock/core";
import type { ContractHarness } from "./harness.ts";
import { TransportTestbed } from "./transport-testbed.ts";

/** A capability without which a scenario does not apply. */
export type TransportNeed = Exclude<keyof TransportCapabilities, "name">;

/** One promise of the Transport port, and how to test it. */
export interface TransportScenario {
  /** Stable, like `open:refused`. The port's documentation and the adapters' comments refer to it. */
  readonly id: string;
  /** The promise, in one sentence. */
  readonly behaviour: string;
  /** The capabilities that a transport must have for the promise to apply. Default: none. */
  readonly needs?: readonly TransportNeed[];
  /** Rejects when the transport breaks the promise, or when the scenario takes longer than the harness allows. */
  run(harness: ContractHarness): Promise<void>;
}

interface ScenarioDefinition extends Omit<TransportScenario, "run"> {
  run(testbed: TransportTestbed): Promise<void>;
}

export function defineTransportScenario(definition: ScenarioDefinition): TransportScenario {
  return {
    ...definition,
    async run(harness) {
      const testbed = new TransportTestbed(harness);
      try {
        await runBounded(definition.id, harness.scenarioTimeoutMs ?? 5_000, () => definition.run(testbed));
      } finally {
        await testbed.dispose();
      }
    },
  };
}
