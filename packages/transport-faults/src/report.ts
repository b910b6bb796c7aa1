import type { FaultPlace, RuleMatch } from "./rule-matcher.ts";
import type { Fault } from "./script.ts";

/** One application of a rule. It contains nothing of the message. */
export interface FaultReport {
  readonly fault: Fault["fault"];
  /** The index of the rule in the script. */
  readonly rule: number;
  /** The number of the open, from 1. */
  readonly channel: number;
  readonly on: "open" | "in" | "out";
  /** The number of the message in this open and direction, from 1. Absent for opens. */
  readonly message?: number;
  /** On the clock, when the rule was applied. The effect may come later, such as a close behind a delayed message. */
  readonly atMs: number;
  /** How long the open or message is held back. */
  readonly delayMs?: number;
}

/** Records the application of a rule. */
export type Reporter = (match: RuleMatch, place: FaultPlace, delayMs?: number) => void;

export function reporter(reports: FaultReport[], channel: number, now: () => number): Reporter {
  return ({ rule: { fault, index }, count }, on, delayMs) => {
    reports.push({
      fault: fault.fault,
      rule: index,
      channel,
      on,
      ...(on === "open" ? {} : { message: count }),
      atMs: now(),
      ...(delayMs === undefined ? {} : { delayMs }),
    });
  };
}
