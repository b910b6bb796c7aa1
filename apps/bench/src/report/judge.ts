import type { Limit } from "../measurement.ts";
import type { Quartiles } from "./quartiles.ts";

/**
 * "aim" and "pass": the median is as good as that. "unclear": the median misses the gate, the better quartile does not, so it
 * may be noise. "fail": both miss it.
 */
export type Verdict = "aim" | "pass" | "unclear" | "fail";

/** A noisy machine must not fail what is good, nor pass what is bad. */
export function judge({ q1, median, q3 }: Quartiles, { better, gate, aim }: Limit): Verdict {
  const meets = (figure: number, limit: number) => (better === "less" ? figure <= limit : figure >= limit);
  if (meets(median, aim)) return "aim";
  if (meets(median, gate)) return "pass";
  return meets(better === "less" ? q1 : q3, gate) ? "unclear" : "fail";
}
