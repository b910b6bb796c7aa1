import type { LifecycleSettings } from "./state.ts";

/** A server can wish anything; it is obeyed for as long as this. */
export const longestWishMs = 3_600_000;

/** A session that does not reconnect makes successors all the same, and must not storm a server that refuses them. */
export const usual = { baseDelayMs: 500, maxDelayMs: 30_000, stableAfterMs: 10_000 } as const;

/**
 * Full jitter: anywhere from 0 up to a bound that doubles with each attempt, so that clients which were cut off
 * together do not come back together. A server's wish to be left alone is a lower bound.
 */
export function retryDelayMs(
  { reconnect }: LifecycleSettings,
  attempt: number,
  random: number,
  retryAfterMs = 0,
): number {
  const wishMs = Math.min(retryAfterMs, longestWishMs);
  const { baseDelayMs, maxDelayMs } = reconnect ?? usual;
  const bound = Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(attempt - 1, 30));
  return Math.max(Math.round(random * bound), wishMs);
}

/** Between 85 and 90 % of the age, so that a fleet that started together does not rotate together. */
export function rotationDelayMs(maxAgeMs: number, ageMs: number, random: number): number {
  return Math.max(0, Math.round(maxAgeMs * (0.85 + 0.05 * random)) - ageMs);
}
