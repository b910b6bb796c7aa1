import { type Dice, dice } from "./dice.ts";
import type { Fault } from "./script.ts";

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

/** Where rules are asked: at an open, a message in, a message out. */
export type Place = "open" | "in" | "out";

/** One rule that hits, with the random numbers that are its own. */
export interface Hit {
  readonly rule: Rule;
  readonly dice: Dice;
  /** Which open or message it is, as the rule counts: from 1. */
  readonly count: number;
}

interface Count {
  readonly rule: Rule;
  seen: number;
  hits: number;
}

const placeNumbers: Readonly<Record<Place, number>> = { open: 1, in: 2, out: 3 };

/** Counts what passes one place, and says which rules hit it. */
export class Tally {
  readonly #seed: number;
  readonly #place: Place;
  readonly #counts: readonly Count[];

  constructor(rules: readonly Rule[], seed: number, place: Place) {
    this.#seed = seed;
    this.#place = place;
    this.#counts = rules
      .filter(({ fault }) => isAt(fault, place))
      .map((rule) => ({ rule, seen: 0, hits: 0 }));
  }

  /** The next one passes, on this channel: which rules hit it, in the order of the script. */
  next(channel: number): readonly Hit[] {
    return this.#counts.flatMap((count) => this.#judge(count, channel) ?? []);
  }

  #judge(count: Count, channel: number): Hit | undefined {
    const { index, channels, skip, every, chance, times } = count.rule;
    if (channels?.has(channel) === false) return undefined;
    count.seen += 1;
    const beyond = count.seen - skip;
    if (beyond <= 0 || beyond % every !== 0 || count.hits >= times) return undefined;
    const own = dice(this.#seed, index, channel, placeNumbers[this.#place], count.seen);
    if (chance < 1 && own.next() >= chance) return undefined;
    count.hits += 1;
    return { rule: count.rule, dice: own, count: count.seen };
  }
}

function isAt(fault: Fault, place: Place): boolean {
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
