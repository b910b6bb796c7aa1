/**
 * Why a connection was not kept.
 *
 * - `"reply-owed"`: given back with more messages sent than received.
 * - `"unsolicited-message"`: a message arrived that replies to nothing, while lent or while idle.
 * - `"closed"`: closed with a code or a reason, which are for the peer.
 * - `"terminated"`: terminated by its user, as the manager does after a failure or a time-out.
 * - `"ended"`: ended by the peer or the network.
 * - `"not-settled"`: given back paused, with unsent bytes, with an unanswered ping, or after a failed send.
 * - `"idle-too-long"`, `"too-old"`, `"too-many"`: by the limits.
 * - `"no-pong"`: the ping before reuse was not answered, or the transport cannot ping.
 * - `"unneeded"`: it opened after its call had been aborted or served otherwise.
 * - `"disposed"`: the pool was disposed of.
 */
export type DiscardReason =
  | "reply-owed"
  | "unsolicited-message"
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

/** What a pool holds and has done. */
export interface PoolStats {
  /** Connections in use now. */
  readonly lentCount: number;
  /** Connections kept for reuse now, including those that are being probed. */
  readonly idleCount: number;
  /** Different addresses (with their headers, subprotocols and limits) that the pool holds something for. */
  readonly keyCount: number;
  /** Connections opened so far. */
  readonly openedCount: number;
  /** Opens that were served with a used connection. */
  readonly reusedCount: number;
  /** Connections not kept so far, and why. */
  readonly discardedCount: number;
  readonly discards: Readonly<Record<DiscardReason, number>>;
}

export class PoolCounters {
  #lent = 0;
  #opened = 0;
  #reused = 0;
  readonly #discards: Record<DiscardReason, number> = {
    "reply-owed": 0,
    "unsolicited-message": 0,
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

  opened(): void {
    this.#opened += 1;
  }

  lent(reused: boolean): void {
    this.#lent += 1;
    if (reused) this.#reused += 1;
  }

  /** A lent connection no longer has a user: it was given back, or it has ended. */
  released(): void {
    this.#lent -= 1;
  }

  discarded(reason: DiscardReason): void {
    this.#discards[reason] += 1;
  }

  snapshot(idleCount: number, keyCount: number): PoolStats {
    const discards = { ...this.#discards };
    return {
      lentCount: this.#lent,
      idleCount,
      keyCount,
      openedCount: this.#opened,
      reusedCount: this.#reused,
      discardedCount: Object.values(discards).reduce((sum, count) => sum + count, 0),
      discards,
    };
  }
}
