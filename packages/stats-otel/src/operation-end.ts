import type { Phase, StatsEvent } from "@outsock/core";

export type OperationEnd = Extract<StatsEvent, { durationMs: number }>;

interface Failed {
  /** As an attribute, so that it can be spread. */
  readonly type: { readonly "error.type": string };
  readonly phase: Phase;
}

/** Nothing where the operation succeeded. */
export function failureOf(event: OperationEnd): Failed | undefined {
  if (event.type === "operation-succeeded") return undefined;
  if (event.type === "rate-limited") return { type: { "error.type": "RATE_LIMITED" }, phase: "admission" };
  return { type: { "error.type": event.code }, phase: event.phase };
}
