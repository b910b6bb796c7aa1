import type { Hit, Place } from "./decide.ts";
import type { Fault } from "./script.ts";

/** One thing that a rule did. It says nothing of what a message held. */
export interface FaultReport {
  readonly fault: Fault["fault"];
  /** Which rule of the script, counted from 0. */
  readonly rule: number;
  /** Which open, counted from 1. */
  readonly channel: number;
  readonly on: "open" | "in" | "out";
  /** Which message of that open and direction, counted from 1. Absent for opens. */
  readonly message?: number;
  /** By the clock. What waits, as a close behind a delayed message, is reported when the rule hits. */
  readonly atMs: number;
  /** How long what was hit is held back. */
  readonly delayMs?: number;
}

/** Takes note of a hit. */
export type Reporter = (hit: Hit, place: Place, delayMs?: number) => void;

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
