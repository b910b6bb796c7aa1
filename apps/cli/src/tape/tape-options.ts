import { Option } from "commander";
import type { ConnectionFlags } from "../options/connection-options.ts";
import { positiveNumber } from "../options/parsers.ts";

export interface ReplayFlags extends ConnectionFlags {
  readonly match: "exact" | "shape";
  readonly speed?: number;
  readonly secretEnv?: readonly string[];
}

/** When a message is the one on the tape. */
export function matchOption(standard?: "exact" | "shape"): Option {
  const option = new Option("--match <how>", "exact: the same JSON; shape: the same but for values");
  return option.choices(["exact", "shape"]).default(standard);
}

export function speedOption(): Option {
  return new Option("--speed <n>", "with the pauses of the tape, n times as fast; without it none").argParser(
    positiveNumber,
  );
}
