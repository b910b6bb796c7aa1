import type { LifecycleSettings } from "./state.ts";

/** The longest delay that a server can ask for: an hour. */
export const maxServerDelayMs = 3_600_000;

/** The default backoff. Rotation uses it even if the session does not reconnect, so that a server that refuses is not flooded. */
export const defaultBackoff = { baseDelayMs: 500, maxDelayMs: 30_000, stableAfterMs: 10_000 } as const;

/**
 * Full jitter: anywhere from 0 to a bound that doubles with each attempt, so that clients that were disconnected together
 * do not reconnect together. The server's `retryAfterMs` is a lower bound.
 */
export function retryDelayMs(
  { reconnect }: LifecycleSettings,
  attempt: number,
  random: number,
  retryAfterMs = 0,
): number {
  // A protocol may have read it as NaN, which no timer waits for.
  const leastMs = retryAfterMs > 0 ? Math.min(retryAfterMs, maxServerDelayMs) : 0;
  const { baseDelayMs, maxDelayMs } = reconnect ?? defaultBackoff;
  const bound = Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(attempt - 1, 30));
  return Math.max(Math.round(random * bound), leastMs);
}

/** Between 85 and 90 % of the maximum age, so that a fleet that started together does not rotate together. */
export function rotationDelayMs(maxAgeMs: number, ageMs: number, random: number): number {
  return Math.max(0, Math.round(maxAgeMs * (0.85 + 0.05 * random)) - ageMs);
}
