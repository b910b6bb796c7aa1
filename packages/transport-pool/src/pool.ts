import {
  type Channel,
  type ChannelEvents,
  type OpenRequest,
  type Timer,
  type Transport,
  type TransportCapabilities,
  TransportError,
} from "@outsock/core";
import type { GracefulClose } from "./graceful-close.ts";
import { Keys } from "./key.ts";
import { disposed, KeyPool } from "./key-pool.ts";
import type { PoolContext } from "./pool-context.ts";
import type { PoolSettings } from "./pool-options.ts";
import { PoolCounters, type PoolStats } from "./pool-stats.ts";
import type { PooledConnection } from "./pooled-connection.ts";
import { UnsolicitedKeys } from "./unsolicited-keys.ts";

/** The stocks of all keys, and what is counted over all of them. */
export class Pool implements Transport, PoolContext {
  readonly capabilities: TransportCapabilities;
  readonly transport: Transport;
  readonly settings: PoolSettings;
  readonly tally: PoolCounters = new PoolCounters();
  readonly idle: Set<PooledConnection> = new Set();
  readonly strikes: UnsolicitedKeys;
  disposed = false;
  readonly #keys: Keys = new Keys();
  readonly #stocks: Map<string, KeyPool> = new Map();
  readonly #retiring: Set<GracefulClose> = new Set();
  #sweep: Timer | undefined;
  #disposal: Promise<void> | undefined;

  constructor(transport: Transport, settings: PoolSettings) {
    const { name } = transport.capabilities;
    this.capabilities = Object.freeze({
      ...transport.capabilities,
      name: `pooled(${name})`,
      closeReachesPeer: false,
    });
    this.transport = transport;
    this.settings = settings;
    this.strikes = new UnsolicitedKeys(settings.maxAgeMs);
  }

  async open(request: OpenRequest, events: ChannelEvents): Promise<Channel> {
    if (this.disposed) throw disposed();
    if (request.signal.aborted) throw new TransportError("ABORTED", "the attempt was aborted");
    // Copies: what is opened has to be what its key says.
    const { headers, protocols } = request;
    const own = { ...request, headers: { ...headers }, protocols: [...protocols] };
    return this.#stockFor(own).open(own, events);
  }

  getStats(): PoolStats {
    const stocks = [...this.#stocks.values()];
    const probing = stocks.reduce((sum, stock) => sum + stock.probing, 0);
    return this.tally.snapshot(this.idle.size + probing, stocks.length);
  }

  dispose(): Promise<void> {
    this.#disposal ??= this.#dispose();
    return this.#disposal;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  shelved(): void {
    const [oldest] = this.idle;
    if (oldest !== undefined && this.idle.size > this.settings.maxIdle) oldest.retire("too-many");
    if (this.#sweep === undefined) this.#sweepIn(this.settings.idleMs);
  }

  retire(retirement: GracefulClose): void {
    this.#retiring.add(retirement);
    void retirement.over.then(() => this.#retiring.delete(retirement));
  }

  emptied(stock: KeyPool): void {
    if (this.#stocks.get(stock.key) === stock) this.#stocks.delete(stock.key);
  }

  async #dispose(): Promise<void> {
    this.disposed = true;
    this.#sweep?.cancel();
    for (const stock of [...this.#stocks.values()]) stock.dispose();
    await Promise.all([...this.#retiring].map((retirement) => retirement.hold()));
  }

  #stockFor(request: OpenRequest): KeyPool {
    const key = this.#keys.of(request);
    const known = this.#stocks.get(key);
    if (known !== undefined) return known;
    const stock = new KeyPool(key, this);
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
      const leftMs = connection.fitness.idleSinceMs + idleMs - nowMs;
      if (leftMs > 0) return this.#sweepIn(leftMs);
      connection.retire("idle-too-long");
    }
  }
}
