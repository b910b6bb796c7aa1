import type { Fault } from "./script.ts";
import { type SeededRandom, seededRandom } from "./seeded-random.ts";

/** A checked rule of the script. */
export interface Rule {
  readonly index: number;
  readonly fault: Fault;
  readonly channels: ReadonlySet<number> | undefined;
  readonly skip: number;
  readonly every: number;
  readonly chance: number;
  readonly times: number;
}

/** Where rules apply: at an open, to a message in, to a message out. */
export type FaultPlace = "open" | "in" | "out";

/** A rule that applies, with random numbers of its own. */
export interface RuleMatch {
  readonly rule: Rule;
  readonly random: SeededRandom;
  /** The number of the open or message, as the rule counts: from 1. */
  readonly count: number;
}

interface RuleCount {
  readonly rule: Rule;
  seen: number;
  matches: number;
}

const placeNumbers: Readonly<Record<FaultPlace, number>> = { open: 1, in: 2, out: 3 };

/** Counts the opens or messages of one place, and decides which rules apply to each. */
export class RuleMatcher {
  readonly #seed: number;
  readonly #place: FaultPlace;
  readonly #counts: readonly RuleCount[];

  constructor(rules: readonly Rule[], seed: number, place: FaultPlace) {
    this.#seed = seed;
    this.#place = place;
    this.#counts = rules
      .filter(({ fault }) => appliesTo(fault, place))
      .map((rule) => ({ rule, seen: 0, matches: 0 }));
  }

  /** The rules that apply to the next open or message of this channel, in the order of the script. */
  next(channel: number): readonly RuleMatch[] {
    return this.#counts.flatMap((count) => this.#match(count, channel) ?? []);
  }

  #match(count: RuleCount, channel: number): RuleMatch | undefined {
    const { index, channels, skip, every, chance, times } = count.rule;
    if (channels?.has(channel) === false) return undefined;
    count.seen += 1;
    const beyond = count.seen - skip;
    if (beyond <= 0 || beyond % every !== 0 || count.matches >= times) return undefined;
    const own = seededRandom(this.#seed, index, channel, placeNumbers[this.#place], count.seen);
    if (chance < 1 && own.next() >= chance) return undefined;
    count.matches += 1;
    return { rule: count.rule, random: own, count: count.seen };
  }
}

function appliesTo(fault: Fault, place: FaultPlace): boolean {
  switch (fault.fault) {
    case "refuse":
    case "stall":
    case "slow-open":
    case "slow-close":
      return place === "open";
    case "flood":
      return place === "in";
    default:
      return fault.on === place || (fault.on === "both" && place !== "open");
  }
}
