/** Permits used without Redis at about the same time. */
export interface UnreportedEntry {
  readonly prefix: string;
  readonly sinceMs: number;
  /** When the last of them was used. */
  atMs: number;
  count: number;
}

/** What is used within this fraction of the window becomes one entry. */
const entriesInWindow = 64;

/**
 * The permits that were used without Redis in the last window, to report with the next batch. An entry keeps its names each time it is
 * reported, so that it counts once even if the reply of the first batch was lost.
 */
export class UnreportedUsage {
  readonly #owner: string;
  readonly #windowMs: number;
  readonly #limit: number;
  #entries: UnreportedEntry[] = [];
  #createdCount = 0;
  /** Whether the last entry may grow: one that was put into a batch may not. */
  #isLastOpen = false;

  constructor(owner: string, windowMs: number, limit: number) {
    this.#owner = owner;
    this.#windowMs = windowMs;
    this.#limit = limit;
  }

  add(count: number, nowMs: number): UnreportedEntry {
    const last = this.#entries.at(-1);
    if (last !== undefined && this.#isLastOpen && nowMs - last.sinceMs < this.#windowMs / entriesInWindow) {
      last.count = Math.min(this.#limit, last.count + count);
      last.atMs = nowMs;
      return last;
    }
    this.#createdCount += 1;
    const prefix = `${this.#owner}:d${this.#createdCount.toString(36)}:`;
    const entry = { prefix, sinceMs: nowMs, atMs: nowMs, count: Math.min(this.#limit, count) };
    this.#prune(nowMs);
    this.#entries.push(entry);
    this.#isLastOpen = true;
    return entry;
  }

  /** For permits that were refunded. If they were reported already, they expire in Redis. */
  remove(entry: UnreportedEntry, count: number): void {
    entry.count = Math.max(0, entry.count - count);
  }

  /** The entries for the next batch: the newest, as more than the limit makes no difference. */
  due(nowMs: number): readonly UnreportedEntry[] {
    if (this.#entries.length === 0) return this.#entries;
    this.#prune(nowMs);
    this.#isLastOpen = false;
    let left = this.#limit;
    return this.#entries.toReversed().filter(({ count }) => {
      const isDue = count > 0 && left > 0;
      left -= count;
      return isDue;
    });
  }

  get isDue(): boolean {
    return this.#entries.some(({ count }) => count > 0);
  }

  /** Redis has counted these. */
  reported(entries: readonly UnreportedEntry[]): void {
    if (entries.length > 0) this.#entries = this.#entries.filter((entry) => !entries.includes(entry));
  }

  clear(): void {
    this.#entries = [];
  }

  #prune(nowMs: number): void {
    this.#entries = this.#entries.filter(({ atMs }) => nowMs - atMs < this.#windowMs);
  }
}
