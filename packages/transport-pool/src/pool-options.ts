import { type Clock, systemClock } from "@outsock/core";
import { checkOptions, checks, shape } from "@outsock/core/options";

export interface PoolOptions {
  /** Idle connections kept for the same address, headers and subprotocols. Default 4. */
  readonly maxIdlePerKey?: number | undefined;
  /** Idle connections kept in total; the one that has been idle longest is closed first. Default 64. */
  readonly maxIdle?: number | undefined;
  /** How long a connection may be idle. Default 50_000, as many proxies hang up after 60 seconds. */
  readonly idleMs?: number | undefined;
  /** How old a connection may be when it is reused or given back. Default 600_000. */
  readonly maxAgeMs?: number | undefined;
  /** After a longer pause a connection has to answer a ping before it is reused. Default 5_000; 0: always. */
  readonly revalidateAfterMs?: number | undefined;
  /** How long that answer may take. A new connection is dialled well before that. Default 1_000. */
  readonly probeTimeoutMs?: number | undefined;
  /** How long the closing handshake of an idle connection may take before it is destroyed. Default 2_000. */
  readonly closeTimeoutMs?: number | undefined;
  /** Default: the runtime's monotonic clock. */
  readonly clock?: Clock | undefined;
}

/** Options, validated and complete. */
export type PoolSettings = { readonly [Name in keyof PoolOptions]-?: NonNullable<PoolOptions[Name]> };

const poolChecks = {
  maxIdlePerKey: checks.positiveInteger,
  maxIdle: checks.positiveInteger,
  idleMs: checks.duration,
  maxAgeMs: checks.duration,
  revalidateAfterMs: checks.duration,
  probeTimeoutMs: checks.duration,
  closeTimeoutMs: checks.duration,
  clock: shape("now", "schedule"),
};

/** @throws TypeError for an unknown option or one of the wrong type. */
export function resolvePoolSettings(options: PoolOptions): PoolSettings {
  checkOptions("pooled", poolChecks, options);
  return {
    maxIdlePerKey: options.maxIdlePerKey ?? 4,
    maxIdle: options.maxIdle ?? 64,
    idleMs: options.idleMs ?? 50_000,
    maxAgeMs: options.maxAgeMs ?? 600_000,
    revalidateAfterMs: options.revalidateAfterMs ?? 5_000,
    probeTimeoutMs: options.probeTimeoutMs ?? 1_000,
    closeTimeoutMs: options.closeTimeoutMs ?? 2_000,
    clock: options.clock ?? systemClock,
  };
}
