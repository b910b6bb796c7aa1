import {
  type Channel,
  type ChannelEvents,
  type OpenRequest,
  type Timer,
  type Transport,
  type TransportCapabilities,
  TransportError,
} from "@outsock/core";
import { Keys } from "./key.ts";
import type { PoolSettings } from "./pool-options.ts";
import { type PoolStats, Tally } from "./pool-stats.ts";
import type { PooledConnection } from "./pooled-connection.ts";
import type { Shared } from "./shared.ts";
import { disposed, Stock } from "./stock.ts";

/** The stocks of all keys, and what is counted over all of them. */
export class Pool implements Transport, Shared {
  readonly capabilities: TransportCapabilities;
  readonly transport: Transport;
  readonly settings: PoolSettings;
  readonly tally: Tally = new Tally();
  readonly idle: Set<PooledConnection> = new Set();
  disposed = false;
  readonly #keys: Keys = new Keys();
  readonly #stocks: Map<string, Stock> = new Map();
  #sweep: Timer | undefined;

  constructor(transport: Transport, settings: PoolSettings) {
    const { name } = transport.capabilities;
    this.capabilities = Object.freeze({
      ...transport.capabilities,
      name: `pooled(${name})`,
      closeReachesPeer: false,
    });
    this.transport = transport;
    this.settings = settings;
  }

  async open(request: OpenRequest, events: ChannelEvents): Promise<Channel> {
    if (this.disposed) throw disposed();
    if (request.signal.aborted) throw new TransportError("ABORTED", "the attempt was aborted");
    return this.#stockFor(request).open(request, events);
  }

  getStats(): PoolStats {
    return this.tally.snapshot(this.idle.size, this.#stocks.size);
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    this.#sweep?.cancel();
    await Promise.all([...this.#stocks.values()].map((stock) => stock.dispose()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  shelved(): void {
    const [oldest] = this.idle;
    if (oldest !== undefined && this.idle.size > this.settings.maxIdle) void oldest.retire("too-many");
    if (this.#sweep === undefined) this.#sweepIn(this.settings.idleMs);
  }

  emptied(stock: Stock): void {
    this.#stocks.delete(stock.key);
  }

  #stockFor(request: OpenRequest): Stock {
    const key = this.#keys.of(request);
    const known = this.#stocks.get(key);
    if (known !== undefined) return known;
    const stock = new Stock(key, this);
    this.#stocks.set(key, stock);
    return stock;
  }

  /** One timer for all that is idle; it holds no process. */
  #sweepIn(delayMs: number): void {
    this.#sweep = this.settings.clock.schedule(delayMs, () => this.#drop());
    this.#sweep.unref();
  }

  #drop(): void {
    const { clock, idleMs } = this.settings;
    const nowMs = clock.now();
    this.#sweep = undefined;
    for (const connection of this.idle) {
      const leftMs = connection.idleSinceMs + idleMs - nowMs;
      if (leftMs > 0) return this.#sweepIn(leftMs);
      void connection.retire("idle-too-long");
    }
  }
}
