import { type Clock, systemClock } from "@outsock/core";
import { type Check, checkOptions, checks, oneOf, shape } from "@outsock/core/options";

export interface RedisLimiterOptions {
  /** The Redis key that holds the permits. Processes with the same key share the limit and must use the same options. */
  readonly key: string;
  /** Permits per window for all processes together, at most 100,000. Default 300. */
  readonly limit?: number | undefined;
  /** Length of the window in milliseconds, at most a year. Default 1000. */
  readonly windowMs?: number | undefined;
  /** Permits to take at a time, at most: one for the call itself, the others in advance for later calls. Default 1. */
  readonly lease?: number | undefined;
  /**
   * How long after a batch was sent its permits may be used; they count in Redis for that much longer. Default: a fiftieth of the
   * window, at least 1, where `lease` is above 1; otherwise 0: used when the reply arrives, however long that takes. At most `windowMs`.
   */
  readonly leaseMs?: number | undefined;
  /**
   * The policy while Redis does not answer: a window in this process ("local"), allow every call ("open"), or refuse every call
   * ("closed"). Default "local".
   */
  readonly onUnavailable?: "local" | "open" | "closed" | undefined;
  /**
   * Permits per window for this process while Redis does not answer. Default: a tenth of `limit`, at least 4. Best: `limit` divided by
   * the number of processes.
   */
  readonly fallbackLimit?: number | undefined;
  /** How long a batch may take before Redis counts as unavailable. Default 50. */
  readonly commandTimeoutMs?: number | undefined;
  /** How long after a failed batch the next one is tried. Default 1_000. */
  readonly retryMs?: number | undefined;
  /** For leases, timeouts and the local window; Redis uses its own clock. Default: the runtime's monotonic clock. */
  readonly clock?: Clock | undefined;
}

/** Options, validated and complete. */
export type LimiterSettings = {
  readonly [Name in keyof RedisLimiterOptions]-?: NonNullable<RedisLimiterOptions[Name]>;
};

const positiveDuration: Check = (value) =>
  checks.duration(value) ?? (value === 0 ? "must be above 0" : undefined);

/** A year. In microseconds, and added to the clock's time, numbers up to this are exact. */
const longestWindowMs = 31_536_000_000;

const windowLength: Check = (value) =>
  checks.positiveNumber(value) ??
  (Number(value) > longestWindowMs ? `must be at most ${longestWindowMs} milliseconds, a year` : undefined);

/** With more members, Redis would block all its clients while it removes a window of them. */
const mostPermits = 100_000;

const shortLimit: Check = (value) =>
  checks.limit(value) ?? (Number(value) > mostPermits ? `must be at most ${mostPermits}` : undefined);

const limiterChecks = {
  key: checks.text,
  limit: shortLimit,
  windowMs: windowLength,
  lease: checks.positiveInteger,
  leaseMs: checks.duration,
  onUnavailable: oneOf("local", "open", "closed"),
  fallbackLimit: checks.limit,
  commandTimeoutMs: positiveDuration,
  retryMs: positiveDuration,
  clock: shape("now", "schedule"),
};

/** @throws TypeError for an unknown option, one of the wrong type, and options that contradict each other. */
export function resolveLimiterSettings(options: RedisLimiterOptions): LimiterSettings {
  checkOptions("redisLimiter", limiterChecks, options);
  const { key, limit = 300, windowMs = 1_000, lease = 1 } = options;
  const settings = {
    key,
    limit,
    windowMs,
    lease,
    leaseMs: options.leaseMs ?? (lease > 1 ? Math.min(windowMs, Math.max(1, windowMs / 50)) : 0),
    onUnavailable: options.onUnavailable ?? "local",
    fallbackLimit: options.fallbackLimit ?? Math.min(limit, Math.max(4, Math.floor(limit / 10))),
    commandTimeoutMs: options.commandTimeoutMs ?? 50,
    retryMs: options.retryMs ?? 1_000,
    clock: options.clock ?? systemClock,
  };
  const problem = misfit(settings);
  if (problem !== undefined) throw new TypeError(`redisLimiter: ${problem}`);
  return settings;
}

function misfit({
  key,
  limit,
  windowMs,
  lease,
  leaseMs,
  fallbackLimit,
}: LimiterSettings): string | undefined {
  if (key === undefined) return "key must be a non-empty string";
  if (lease > limit) return `lease is ${lease}, it must be at most limit`;
  if (lease > 1 && leaseMs === 0) return "leaseMs must be above 0 where lease is above 1";
  if (leaseMs > windowMs) return `leaseMs is ${leaseMs}, it must be at most windowMs`;
  return fallbackLimit > limit ? `fallbackLimit is ${fallbackLimit}, it must be at most limit` : undefined;
}
