import { type Permits, part } from "./permits.ts";

/** More is not told to Redis; it expires there. */
const mostReturns = 1_000;

/** Permits that Redis has counted and nobody has used yet. Given without a trip, as long as their time lasts. */
export class Lease {
  #permits: Permits[] = [];
  #left = 0;
  #returns: Permits[] = [];
  #expiredCount = 0;

  left(nowMs: number): number {
    this.#expire(nowMs);
    return this.#left;
  }

  /** Permits whose time was over before anybody used them. */
  get expiredCount(): number {
    return this.#expiredCount;
  }

  put(permits: Permits): void {
    this.#permits.push(permits);
    this.#left += permits.count;
  }

  /** So many permits, where as many as `reserve` are left then; nothing where there are not enough. */
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
      taken.push(count === first.count ? first : part(first, 0, count));
      if (count < first.count) this.#permits.unshift(part(first, count, first.count - count));
      missing -= count;
    }
    return taken;
  }

  /** Came too late to be used. */
  waste(permits: Permits): void {
    this.#expiredCount += permits.count;
    this.giveBack(permits);
  }

  /** For Redis to take back with the next trip. */
  giveBack(permits: Permits): void {
    this.#returns.push(permits);
    if (this.#returns.length > mostReturns) this.#returns.shift();
  }

  get owesReturns(): boolean {
    return this.#returns.length > 0;
  }

  /** What goes back to Redis; with what could still be used, where that is not enough. */
  takeReturns(nowMs: number, withRest: boolean): readonly Permits[] {
    this.#expire(nowMs);
    const returns = this.#returns.filter(({ goneAtMs }) => nowMs < goneAtMs);
    this.#returns = [];
    if (!withRest || this.#left === 0) return returns;
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
      this.waste(permits);
    }
    this.#permits = kept;
  }
}
