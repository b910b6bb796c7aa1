import type { PooledConnection, Probed } from "./pooled-connection.ts";

/** The connections of one key that are asked for a sign of life. */
export class Probes {
  readonly #startedAtMs: Map<PooledConnection, number> = new Map();

  get size(): number {
    return this.#startedAtMs.size;
  }

  start(connection: PooledConnection, nowMs: number, answered: (outcome: Probed) => void): void {
    this.#startedAtMs.set(connection, nowMs);
    connection.probe((outcome) => {
      this.#startedAtMs.delete(connection);
      answered(outcome);
    });
  }

  /** Those that have not taken longer than this yet. */
  youngerThan(ms: number, nowMs: number): number {
    return [...this.#startedAtMs.values()].filter((startedAtMs) => nowMs - startedAtMs < ms).length;
  }
}
