import { type Clock, systemClock, type Transport } from "@outsock/core";
import { checkOptions, shape } from "@outsock/core/options";
import { checkScript } from "./check-script.ts";
import { Tally } from "./decide.ts";
import { openFaulty } from "./opening.ts";
import { type FaultReport, reporter } from "./report.ts";
import type { FaultScript } from "./script.ts";

export interface FaultyOptions {
  /** What delays are measured by. Default: `systemClock`. A test gives the manager's. */
  readonly clock?: Clock | undefined;
}

/** A transport that misbehaves as its script says. */
export interface FaultyTransport extends Transport {
  /** What was done so far, in order. It grows as the transport is used. */
  readonly faults: readonly FaultReport[];
}

/**
 * Wraps a transport in a layer of faults, for tests. The same seed gives the same run: what a rule makes of the n-th
 * message of the k-th open depends on the seed, the rule and these two numbers only.
 *
 * @param seed An integer. Default 1.
 * @throws TypeError for a rule that does not exist or has a wrong field; it says which, by its index.
 *
 * @example
 * const transport = faulty(wsTransport(), [
 *   { fault: "refuse", channel: 1 },
 *   { fault: "drop", on: "in", chance: 0.1 },
 *   { fault: "cut", on: "out", skip: 2 },
 * ], 42);
 */
export function faulty(
  transport: Transport,
  script: FaultScript,
  seed = 1,
  options: FaultyOptions = {},
): FaultyTransport {
  const problem = shape("open", "capabilities")(transport);
  if (problem !== undefined) throw new TypeError(`faulty: the transport ${problem}`);
  const rules = checkScript(script);
  if (!Number.isSafeInteger(seed)) throw new TypeError("faulty: the seed must be an integer");
  checkOptions("faulty", { clock: shape("now", "schedule") }, options);
  const { clock = systemClock } = options;
  const { capabilities } = transport;
  const faults: FaultReport[] = [];
  const opens = new Tally(rules, seed, "open");
  let opened = 0;
  return {
    capabilities: { ...capabilities, name: `faulty(${capabilities.name})` },
    faults,
    open(request, events) {
      opened += 1;
      const channel = opened;
      const hits = opens.next(channel);
      const report = reporter(faults, channel, () => clock.now());
      return openFaulty({ transport, rules, seed, clock, channel, hits, report }, request, events);
    },
  };
}
