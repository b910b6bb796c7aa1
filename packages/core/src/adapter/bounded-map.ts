/** A map with at most `most` entries. Setting one more drops the entry that was set longest ago. */
export class BoundedMap<Key, Value> {
  readonly #most: number;
  readonly #entries: Map<Key, Value> = new Map();

  /** @param most The largest number of entries. */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  /** Sets an entry and makes it the newest one, also where the key was there already. */
  set(key: Key, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#most) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }

  /** Returns the value of a key and deletes the entry. */
  take(key: Key): Value | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined) this.#entries.delete(key);
    return value;
  }
}
