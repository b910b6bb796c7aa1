import type { Transport } from "@outsock/core";
import type { PoolSettings } from "./pool-options.ts";
import type { Tally } from "./pool-stats.ts";
import type { PooledConnection } from "./pooled-connection.ts";
import type { Retirement } from "./retirement.ts";
import type { Stock } from "./stock.ts";
import type { Strikes } from "./strikes.ts";

/** What the connections of all keys have in common. */
export interface Shared {
  readonly transport: Transport;
  readonly settings: PoolSettings;
  readonly tally: Tally;
  readonly disposed: boolean;
  /** The idle connections of all keys, the one that is idle longest first. */
  readonly idle: Set<PooledConnection>;
  readonly strikes: Strikes;
  /** A connection has become idle. */
  shelved(): void;
  /** A connection is being closed. */
  retire(retirement: Retirement): void;
  /** Nothing is left of a key. */
  emptied(stock: Stock): void;
}
