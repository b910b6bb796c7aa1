import type { TransportCapabilities } from "@outsock/core";
import type { ContractHarness } from "./harness.ts";
import type { TransportScenario } from "./scenario.ts";
import { transportScenarios } from "./transport-scenarios.ts";

type Register = (name: string, body: () => Promise<void>) => unknown;

/** The two functions of a test runner that the contract needs. vitest, node:test, jest and bun:test have them. */
export interface ContractRunner {
  describe(name: string, body: () => void): unknown;
  /** With `skip`, scenarios that do not concern the transport are listed as skipped; without, they are left out. */
  readonly it: Register & { readonly skip?: Register };
}

/**
 * Registers every scenario as a test.
 *
 * @example
 * describeTransportContract({ name: "ws", createTransport: wsTransport, startPeer: startNodePeer }, { describe, it });
 */
export function describeTransportContract(harness: ContractHarness, runner: ContractRunner): void {
  const { capabilities } = harness.createTransport();
  runner.describe(`${harness.name} keeps the transport contract`, () => {
    for (const scenario of transportScenarios) register(scenario, harness, capabilities, runner);
  });
}

function register(
  scenario: TransportScenario,
  harness: ContractHarness,
  capabilities: TransportCapabilities,
  { it }: ContractRunner,
): void {
  const name = `[${scenario.id}] ${scenario.behaviour}`;
  const lacking = scenario.needs?.filter((need) => !capabilities[need]) ?? [];
  const body = () => scenario.run(harness);
  if (lacking.length === 0) it(name, body);
  else it.skip?.(`${name} (not without ${lacking.join(", ")})`, body);
}
