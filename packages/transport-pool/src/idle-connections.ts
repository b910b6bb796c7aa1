import type { PoolContext } from "./pool-context.ts";
import type { DiscardReason } from "./pool-stats.ts";
import type { PooledConnection } from "./pooled-connection.ts";

/** The idle connections of one key. The one used last is lent first, so that those that are not needed grow old. */
export class IdleConnections {
  readonly #shared: PoolContext;
  /** The one that is idle longest first. */
  readonly #idle: PooledConnection[] = [];

  constructor(shared: PoolContext) {
    this.#shared = shared;
  }

  put(connection: PooledConnection): void {
    this.#idle.push(connection);
    this.#shared.idle.add(connection);
    const [oldest] = this.#idle;
    if (oldest !== undefined && this.#idle.length > this.#shared.settings.maxIdlePerKey)
      oldest.retire("too-many");
    this.#shared.shelved();
  }

  /** One that can be lent as it is. */
  takeReady(nowMs: number): PooledConnection | undefined {
    return this.#take(
      this.#idle.findLast(
        (one) => !one.fitness.isDoubtful(nowMs) && one.fitness.staleness(nowMs) === undefined,
      ),
    );
  }

  takeNewest(): PooledConnection | undefined {
    return this.#take(this.#idle.at(-1));
  }

  remove(connection: PooledConnection): void {
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    this.#shared.idle.delete(connection);
  }

  dropStale(nowMs: number): void {
    for (const connection of [...this.#idle]) {
      const reason = connection.fitness.staleness(nowMs);
      if (reason !== undefined) connection.retire(reason);
    }
  }

  dropAll(reason: DiscardReason): void {
    for (const connection of [...this.#idle]) connection.retire(reason);
  }

  dropRested(nowMs: number): void {
    for (const connection of this.#idle.filter((one) => one.fitness.wasIdleLong(nowMs)))
      connection.retire("no-pong");
  }

  #take(connection: PooledConnection | undefined): PooledConnection | undefined {
    if (connection !== undefined) this.remove(connection);
    return connection;
  }
}
