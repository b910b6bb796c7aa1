/** Permits used without Redis at about one moment. */
export interface DebtEntry {
  readonly prefix: string;
  readonly sinceMs: number;
  /** The moment of the last of them. */
  atMs: number;
  count: number;
}

/** What is used within this part of the window is one entry. */
const grains = 64;

/**
 * What was used in the last window without Redis, for the next trip to tell. An entry has the same names whenever it is told, so that
 * it counts once, also where a trip was lost on its way back.
 */
export class Debt {
  readonly #owner: string;
  readonly #windowMs: number;
  readonly #limit: number;
  #entries: DebtEntry[] = [];
  #made = 0;
  /** Entries that a trip has told are not added to. */
  #isLastOpen = false;

  constructor(owner: string, windowMs: number, limit: number) {
    this.#owner = owner;
    this.#windowMs = windowMs;
    this.#limit = limit;
  }

  add(count: number, nowMs: number): DebtEntry {
    const last = this.#entries.at(-1);
    if (last !== undefined && this.#isLastOpen && nowMs - last.sinceMs < this.#windowMs / grains) {
      last.count = Math.min(this.#limit, last.count + count);
      last.atMs = nowMs;
      return last;
    }
    this.#made += 1;
    const prefix = `${this.#owner}:d${this.#made.toString(36)}:`;
    const entry = { prefix, sinceMs: nowMs, atMs: nowMs, count: Math.min(this.#limit, count) };
    this.#prune(nowMs);
    this.#entries.push(entry);
    this.#isLastOpen = true;
    return entry;
  }

  /** It was not used after all. Where it was told already, it expires. */
  remove(entry: DebtEntry, count: number): void {
    entry.count = Math.max(0, entry.count - count);
  }

  /** The entries to tell with a trip: the newest, as more than the limit need not be told. */
  due(nowMs: number): readonly DebtEntry[] {
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

  get isOwed(): boolean {
    return this.#entries.some(({ count }) => count > 0);
  }

  /** Redis knows of them now. */
  told(entries: readonly DebtEntry[]): void {
    if (entries.length > 0) this.#entries = this.#entries.filter((entry) => !entries.includes(entry));
  }

  clear(): void {
    this.#entries = [];
  }

  #prune(nowMs: number): void {
    this.#entries = this.#entries.filter(({ atMs }) => nowMs - atMs < this.#windowMs);
  }
}
