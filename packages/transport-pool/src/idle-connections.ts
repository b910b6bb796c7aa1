import type { Timer } from "@outsock/core";
import type { PoolSettings } from "./pool-options.ts";
import type { DiscardReason } from "./pool-stats.ts";
import type { PooledConnection } from "./pooled-connection.ts";

/** Holds the idle connections of all keys to their number (`maxIdle`) and time (`idleMs`). */
export class IdleEvictor {
  readonly #settings: PoolSettings;
  /** The one that has been idle longest first. */
  readonly #idle: Set<PooledConnection> = new Set();
  #timer: Timer | undefined;

  constructor(settings: PoolSettings) {
    this.#settings = settings;
  }

  get size(): number {
    return this.#idle.size;
  }

  add(connection: PooledConnection): void {
    this.#idle.add(connection);
  }

  remove(connection: PooledConnection): void {
    this.#idle.delete(connection);
  }

  /** To be called after an {@link add}. */
  enforceLimits(): void {
    const [oldest] = this.#idle;
    if (oldest !== undefined && this.#idle.size > this.#settings.maxIdle) oldest.retire("too-many");
    if (this.#timer === undefined) this.#schedule(this.#settings.idleMs);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** One timer for all idle connections. It does not keep the process alive. */
  #schedule(delayMs: number): void {
    this.#timer = this.#settings.clock.schedule(delayMs, () => this.#evict());
    this.#timer.unref();
  }

  #evict(): void {
    const { clock, idleMs } = this.#settings;
    const nowMs = clock.now();
    this.#timer = undefined;
    for (const connection of this.#idle) {
      const leftMs = connection.reuse.idleSinceMs + idleMs - nowMs;
      if (leftMs > 0) return this.#schedule(leftMs);
      connection.retire("idle-too-long");
    }
  }
}

/** The idle connections of one key. The one used last is lent first, so that connections that are not needed expire. */
export class IdleConnections {
  readonly #settings: PoolSettings;
  readonly #evictor: IdleEvictor;
  /** The one that has been idle longest first. */
  readonly #idle: PooledConnection[] = [];

  constructor(settings: PoolSettings, evictor: IdleEvictor) {
    this.#settings = settings;
    this.#evictor = evictor;
  }

  add(connection: PooledConnection): void {
    this.#idle.push(connection);
    this.#evictor.add(connection);
    const [oldest] = this.#idle;
    if (oldest !== undefined && this.#idle.length > this.#settings.maxIdlePerKey) oldest.retire("too-many");
    this.#evictor.enforceLimits();
  }

  remove(connection: PooledConnection): void {
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    this.#evictor.remove(connection);
  }

  /** One that can be lent without a probe. */
  takeReady(nowMs: number): PooledConnection | undefined {
    return this.#take(this.#idle.findLast(({ reuse }) => reuse.isReady(nowMs)));
  }

  takeNewest(): PooledConnection | undefined {
    return this.#take(this.#idle.at(-1));
  }

  retireExpired(nowMs: number): void {
    for (const connection of [...this.#idle]) {
      const reason = connection.reuse.expiry(nowMs);
      if (reason !== undefined) connection.retire(reason);
    }
  }

  /** Those that have been idle for as long as one whose probe failed. */
  retireUnprobed(nowMs: number): void {
    for (const connection of this.#idle.filter(({ reuse }) => reuse.hasLongPause(nowMs)))
      connection.retire("no-pong");
  }

  retireAll(reason: DiscardReason): void {
    for (const connection of [...this.#idle]) connection.retire(reason);
  }

  #take(connection: PooledConnection | undefined): PooledConnection | undefined {
    if (connection !== undefined) this.remove(connection);
    return connection;
  }
}
