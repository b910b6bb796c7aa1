import type { Transport } from "@outsock/core";
import type { PoolSettings } from "./pool-options.ts";
import type { Tally } from "./pool-stats.ts";
import type { PooledConnection } from "./pooled-connection.ts";
import type { Stock } from "./stock.ts";

/** What the connections of all keys have in common. */
export interface Shared {
  readonly transport: Transport;
  readonly settings: PoolSettings;
  readonly tally: Tally;
  readonly disposed: boolean;
  /** The idle connections of all keys, the one that is idle longest first. */
  readonly idle: Set<PooledConnection>;
  /** A connection has become idle. */
  shelved(): void;
  /** Nothing is left of a key. */
  emptied(stock: Stock): void;
}
