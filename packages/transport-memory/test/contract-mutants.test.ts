import { transportScenarios } from "@outsock/transport-contract";
import { startMemoryPeer } from "@outsock/transport-contract/memory-peer";
import { describe, expect, it } from "vitest";
import { createMemoryNetwork } from "../src/index.ts";
import { endMutants } from "./mutants/end-mutants.ts";
import { messageMutants } from "./mutants/message-mutants.ts";
import type { Mutant } from "./mutants/mutant.ts";
import { openMutants } from "./mutants/open-mutants.ts";
import { pingAndPauseMutants } from "./mutants/ping-and-pause-mutants.ts";
import { tickMutants } from "./mutants/tick-mutants.ts";

/** They move megabytes, so they only run against mutants that must fail them. */
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

/** The ids of the scenarios that a mutant fails. They run side by side, so that what hangs hangs together. */
async function failuresOf({ mutate, fails }: Mutant): Promise<string[]> {
  const network = createMemoryNetwork();
  const { capabilities } = network.transport();
  const harnessFor = (id: string) => ({
    name: "mutant",
    // Short for what must fail and may hang, long for what must pass: a busy machine fails neither.
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

describe("the contract notices a transport that", () => {
  const mutants = [...openMutants, ...messageMutants, ...pingAndPauseMutants, ...endMutants, ...tickMutants];
  for (const mutant of mutants) {
    it.concurrent(mutant.broken, async () => {
      expect(await failuresOf(mutant)).toEqual(mutant.fails.toSorted());
    });
  }
});
