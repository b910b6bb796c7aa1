import type { Limit } from "../measurement.ts";
import type { Quartiles } from "./quartiles.ts";

/**
 * "aim" and "pass": the median is as good as that. "unclear": it misses the gate, but the better quartile and at least one
 * process do not, so it may be noise. "fail": it is not noise.
 */
export type Verdict = "aim" | "pass" | "unclear" | "fail";

/** A noisy machine must not fail what is good, nor pass what is bad. `processMedians` may be a single one. */
export function judge(
  { q1, median, q3 }: Quartiles,
  processMedians: readonly number[],
  { better, gate, aim }: Limit,
): Verdict {
  const meets = (figure: number, limit: number) => (better === "less" ? figure <= limit : figure >= limit);
  if (meets(median, aim)) return "aim";
  if (meets(median, gate)) return "pass";
  const quartileMeets = meets(better === "less" ? q1 : q3, gate);
  const processesAgree = processMedians.length > 1 && processMedians.every((one) => !meets(one, gate));
  return quartileMeets && !processesAgree ? "unclear" : "fail";
}
