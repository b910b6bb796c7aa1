import { registerScenarios } from "@outsock/contract-kit";
import type { ContractHarness } from "./harness.ts";
import type { TransportScenario } from "./scenario.ts";
import { backpressureScenarios } from "./scenarios/backpressure.ts";
import { closeScenarios } from "./scenarios/close.ts";
import { closeByPeerScenarios } from "./scenarios/close-by-peer.ts";
import { openAddressScenarios, openScenarios } from "./scenarios/open.ts";
import { openFailureScenarios, openRejectedScenarios } from "./scenarios/open-failures.ts";
import { openHandshakeScenarios } from "./scenarios/open-handshake.ts";
import { openTlsScenarios } from "./scenarios/open-tls.ts";
import { pauseScenarios } from "./scenarios/pause.ts";
import { pingScenarios } from "./scenarios/ping.ts";
import { fragmentScenarios, messageLimitScenarios, receiveScenarios } from "./scenarios/receive.ts";
import { tickEndScenarios, tickScenarios } from "./scenarios/same-tick.ts";
import { sendScenarios } from "./scenarios/send.ts";
import { terminateScenarios, unrefScenarios } from "./scenarios/terminate-and-unref.ts";
import { wireEndScenarios, wireFaultScenarios } from "./scenarios/wire.ts";

type Register = (name: string, body: () => Promise<void>) => unknown;

/** The two functions of a test runner that the contract needs. vitest, node:test, jest and bun:test have them. */
export interface ContractRunner {
  describe(name: string, body: () => void): unknown;
  /** With `skip`, scenarios that do not apply are reported as skipped; without, they are left out. */
  readonly it: Register & { readonly skip?: Register };
}

/** Every promise of the Transport port, as data: for {@link describeTransportContract}, tables and mutation tests. */
export const transportScenarios: readonly TransportScenario[] = [
  ...openScenarios,
  ...openFailureScenarios,
  ...openRejectedScenarios,
  ...openHandshakeScenarios,
  ...openTlsScenarios,
  ...openAddressScenarios,
  ...sendScenarios,
  ...backpressureScenarios,
  ...receiveScenarios,
  ...fragmentScenarios,
  ...messageLimitScenarios,
  ...pingScenarios,
  ...pauseScenarios,
  ...closeScenarios,
  ...closeByPeerScenarios,
  ...terminateScenarios,
  ...unrefScenarios,
  ...wireFaultScenarios,
  ...wireEndScenarios,
  ...tickScenarios,
  ...tickEndScenarios,
];

/**
 * Registers every scenario as a test. Those that need a capability that the transport lacks are registered as skipped.
 *
 * @example
 * describeTransportContract({ name: "ws", createTransport: wsTransport, startPeer: startNodePeer }, { describe, it });
 */
export function describeTransportContract(harness: ContractHarness, runner: ContractRunner): void {
  const { capabilities } = harness.createTransport();
  registerScenarios(
    {
      suite: `${harness.name} keeps the transport contract`,
      scenarios: transportScenarios,
      harness,
      lacking: ({ needs = [] }) => needs.filter((need) => !capabilities[need]),
    },
    runner,
  );
}
