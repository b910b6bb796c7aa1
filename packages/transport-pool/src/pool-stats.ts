/**
 * Why a connection was not kept.
 *
 * - `"reply-owed"`: given back with more messages sent than received.
 * - `"unasked-message"`: a message that answers nothing came, while lent or while idle.
 * - `"closed"`: closed with a code or a reason, which are for the peer to hear.
 * - `"terminated"`: given up by its user, as the manager does after a failure and a timeout.
 * - `"ended"`: the peer or the network ended it.
 * - `"not-settled"`: given back paused, with bytes unsent, a ping unanswered, or after a send that failed.
 * - `"idle-too-long"`, `"too-old"`, `"too-many"`: by the limits.
 * - `"no-pong"`: did not answer the ping before it was lent, or cannot be asked.
 * - `"unneeded"`: it opened after its call had been aborted or served.
 * - `"disposed"`: the pool was disposed of.
 */
export type DiscardReason =
  | "reply-owed"
  | "unasked-message"
  | "closed"
  | "terminated"
  | "ended"
  | "not-settled"
  | "idle-too-long"
  | "too-old"
  | "too-many"
  | "no-pong"
  | "unneeded"
  | "disposed";

/** What a pool holds and did. */
export interface PoolStats {
  /** Connections in use now. */
  readonly lentCount: number;
  /** Connections kept for later now, those among them that are asked for a sign of life. */
  readonly idleCount: number;
  /** Different addresses (with their headers, subprotocols, limits) that it holds something for. */
  readonly keyCount: number;
  /** Connections opened so far. */
  readonly openedCount: number;
  /** Opens that were served with a connection used before. */
  readonly reusedCount: number;
  /** Connections not kept so far, and why. */
  readonly discardedCount: number;
  readonly discards: Readonly<Record<DiscardReason, number>>;
}

/** Counts what happens to connections. */
export class PoolCounters {
  lentCount = 0;
  openedCount = 0;
  reusedCount = 0;
  readonly #discards: Record<DiscardReason, number> = {
    "reply-owed": 0,
    "unasked-message": 0,
    closed: 0,
    terminated: 0,
    ended: 0,
    "not-settled": 0,
    "idle-too-long": 0,
    "too-old": 0,
    "too-many": 0,
    "no-pong": 0,
    unneeded: 0,
    disposed: 0,
  };

  lent(reused: boolean): void {
    this.lentCount += 1;
    if (reused) this.reusedCount += 1;
  }

  discarded(reason: DiscardReason): void {
    this.#discards[reason] += 1;
  }

  snapshot(idleCount: number, keyCount: number): PoolStats {
    const { lentCount, openedCount, reusedCount } = this;
    const discards = { ...this.#discards };
    const discardedCount = Object.values(discards).reduce((sum, count) => sum + count, 0);
    return { lentCount, idleCount, keyCount, openedCount, reusedCount, discardedCount, discards };
  }
}
