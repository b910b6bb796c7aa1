import type { Transport } from "@outsock/core";
import type { GracefulClose } from "./graceful-close.ts";
import type { KeyPool } from "./key-pool.ts";
import type { PoolSettings } from "./pool-options.ts";
import type { PoolCounters } from "./pool-stats.ts";
import type { PooledConnection } from "./pooled-connection.ts";
import type { UnsolicitedKeys } from "./unsolicited-keys.ts";

/** What the connections of all keys have in common. */
export interface PoolContext {
  readonly transport: Transport;
  readonly settings: PoolSettings;
  readonly tally: PoolCounters;
  readonly disposed: boolean;
  /** The idle connections of all keys, the one that is idle longest first. */
  readonly idle: Set<PooledConnection>;
  readonly strikes: UnsolicitedKeys;
  /** A connection has become idle. */
  shelved(): void;
  /** A connection is being closed. */
  retire(retirement: GracefulClose): void;
  /** Nothing is left of a key. */
  emptied(stock: KeyPool): void;
}
