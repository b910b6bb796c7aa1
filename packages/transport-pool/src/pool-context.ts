import type { Transport } from "@outsock/core";
import type { GracefulClose } from "./graceful-close.ts";
import type { PoolSettings } from "./pool-options.ts";
import type { PoolCounters } from "./pool-stats.ts";
import type { UnsolicitedKeys } from "./unsolicited-keys.ts";

/** What the connections of all keys share. */
export interface PoolContext {
  /** The one below the pool. */
  readonly transport: Transport;
  readonly settings: PoolSettings;
  readonly counters: PoolCounters;
  readonly unsolicitedKeys: UnsolicitedKeys;
  readonly isDisposed: boolean;
  /** Remembers a close under way, so that disposal can wait for it. */
  trackClose(close: GracefulClose): void;
}
