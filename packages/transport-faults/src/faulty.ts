import { type Clock, systemClock, type Transport } from "@outsock/core";
import { checkOptions, shape } from "@outsock/core/options";
import { checkScript } from "./check-script.ts";
import { openFaulty } from "./open-faulty.ts";
import { type FaultReport, reporter } from "./report.ts";
import { RuleMatcher } from "./rule-matcher.ts";
import type { FaultScript } from "./script.ts";

export interface FaultyOptions {
  /** For delays. Default: `systemClock`. Tests pass the manager's clock. */
  readonly clock?: Clock | undefined;
}

/** A transport with the faults of a script. */
export interface FaultyTransport extends Transport {
  /** The rules applied so far, in order. It grows as the transport is used. */
  readonly faults: readonly FaultReport[];
}

/**
 * Wraps a transport in a layer of faults, for tests. The same seed gives the same run: what a rule does to the n-th
 * message of the k-th open depends only on the seed, the rule and these two numbers.
 *
 * @param seed An integer. Default 1.
 * @throws TypeError for an unknown fault or an invalid field, with the index of the rule.
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
  const opens = new RuleMatcher(rules, seed, "open");
  let openCount = 0;
  return {
    capabilities: { ...capabilities, name: `faulty(${capabilities.name})` },
    faults,
    open(request, events) {
      openCount += 1;
      const channel = openCount;
      const matches = opens.next(channel);
      const report = reporter(faults, channel, () => clock.now());
      return openFaulty({ transport, rules, seed, clock, channel, matches, report }, request, events);
    },
  };
}
