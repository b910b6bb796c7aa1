/** Permits that Redis gave with one batch: its members `prefix + from` and the `count - 1` after it. */
export interface Permits {
  readonly prefix: string;
  readonly from: number;
  readonly count: number;
  /** Until when they may be used. */
  readonly usableUntilMs: number;
  /** When they have certainly expired in Redis. */
  readonly goneAtMs: number;
}

export function slicePermits(permits: Permits, offset: number, count: number): Permits {
  return { ...permits, from: permits.from + offset, count };
}

/** Any more are not returned to Redis: they expire there. */
const mostReturns = 1_000;

/** Permits that Redis has counted and that are not used yet. They are given without a batch until they expire. */
export class PermitLease {
  #permits: Permits[] = [];
  #left = 0;
  #returns: Permits[] = [];
  #expiredCount = 0;

  left(nowMs: number): number {
    this.#expire(nowMs);
    return this.#left;
  }

  /** Permits that expired unused. */
  get expiredCount(): number {
    return this.#expiredCount;
  }

  add(permits: Permits): void {
    this.#permits.push(permits);
    this.#left += permits.count;
  }

  /** Takes `cost` permits if at least `reserve` remain then; nothing otherwise. */
  take(cost: number, reserve: number, nowMs: number): readonly Permits[] | undefined {
    if (this.#left < cost + reserve) return undefined;
    this.#expire(nowMs);
    if (this.#left < cost + reserve) return undefined;
    this.#left -= cost;
    const taken: Permits[] = [];
    for (let missing = cost; missing > 0; ) {
      const first = this.#permits.shift();
      if (first === undefined) break;
      const count = Math.min(missing, first.count);
      taken.push(count === first.count ? first : slicePermits(first, 0, count));
      if (count < first.count) this.#permits.unshift(slicePermits(first, count, first.count - count));
      missing -= count;
    }
    return taken;
  }

  /** For permits that came too late to be used. */
  expireUnused(permits: Permits): void {
    this.#expiredCount += permits.count;
    this.giveBack(permits);
  }

  /** Returns permits to Redis with the next batch. */
  giveBack(permits: Permits): void {
    this.#returns.push(permits);
    if (this.#returns.length > mostReturns) this.#returns.shift();
  }

  get hasReturns(): boolean {
    return this.#returns.length > 0;
  }

  /** The permits to return to Redis now. `withLease`: also those that may still be used, as they are too few for the calls. */
  takeReturns(nowMs: number, withLease: boolean): readonly Permits[] {
    this.#expire(nowMs);
    const returns = this.#returns.filter(({ goneAtMs }) => nowMs < goneAtMs);
    this.#returns = [];
    if (!withLease || this.#left === 0) return returns;
    returns.push(...this.#permits);
    this.#permits = [];
    this.#left = 0;
    return returns;
  }

  clear(): void {
    this.#permits = [];
    this.#returns = [];
    this.#left = 0;
  }

  #expire(nowMs: number): void {
    if (this.#permits.every(({ usableUntilMs }) => nowMs <= usableUntilMs)) return;
    const kept: Permits[] = [];
    for (const permits of this.#permits) {
      if (nowMs <= permits.usableUntilMs) {
        kept.push(permits);
        continue;
      }
      this.#left -= permits.count;
      this.expireUnused(permits);
    }
    this.#permits = kept;
  }
}
