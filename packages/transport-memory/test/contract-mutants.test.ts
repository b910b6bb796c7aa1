import { transportScenarios } from "@outsock/transport-contract";
import { startMemoryPeer } from "@outsock/transport-contract/memory-peer";
import { describe, expect, it } from "vitest";
import { createMemoryNetwork } from "../src/index.ts";
import { endMutants } from "./support/mutants/end-mutants.ts";
import { messageMutants } from "./support/mutants/message-mutants.ts";
import type { Mutant } from "./support/mutants/mutant.ts";
import { openMutants } from "./support/mutants/open-mutants.ts";
import { pingAndPauseMutants } from "./support/mutants/ping-and-pause-mutants.ts";
import { tickMutants } from "./support/mutants/tick-mutants.ts";

/** Scenarios that transfer megabytes. They only run against mutants that must fail them. */
const heavy = new Set([
  "close:flushes",
  "pause:holds-back",
  "pause:resumes",
  "pause:terminate",
  "receive:large",
  "send:buffered-amount",
  "send:drain",
  "send:large",
  "terminate:unread",
]);

/** The ids of the scenarios that a mutant fails. They run concurrently, so that hanging ones time out together. */
async function failuresOf({ mutate, fails }: Mutant): Promise<string[]> {
  const network = createMemoryNetwork();
  const { capabilities } = network.transport();
  const harnessFor = (id: string) => ({
    name: "mutant",
    // Short for scenarios that must fail and may hang, long for those that must pass on a busy machine.
    scenarioTimeoutMs: fails.includes(id) ? 500 : 12_000,
    createTransport: () => mutate(network.transport()),
    startPeer: async (script = {}) => startMemoryPeer(network, script),
  });
  const run = transportScenarios
    .filter(({ needs = [] }) => needs.every((need) => capabilities[need]))
    .filter(({ id }) => !heavy.has(id) || fails.includes(id))
    .map((scenario) =>
      scenario.run(harnessFor(scenario.id)).then(
        () => [],
        () => [scenario.id],
      ),
    );
  return (await Promise.all(run)).flat().sort();
}

describe("the contract detects a transport that", () => {
  const mutants = [...openMutants, ...messageMutants, ...pingAndPauseMutants, ...endMutants, ...tickMutants];
  for (const mutant of mutants) {
    it.concurrent(mutant.broken, async () => {
      expect(await failuresOf(mutant)).toEqual(mutant.fails.toSorted());
    });
  }
});
