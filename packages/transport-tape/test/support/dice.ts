/** Seeded random values (mulberry32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** An integer from 0 to `count` - 1. */
  below(count: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * count);
  }

  oneOf<T>(first: T, ...others: readonly T[]): T {
    return others[this.below(others.length + 1)] ?? first;
  }

  times<T>(count: number, make: () => T): T[] {
    return Array.from({ length: count }, make);
  }

  /** Characters of every UTF-8 length, quotes, escapes, control characters and lone surrogates. */
  text(longest = 12): string {
    const letter = () =>
      this.oneOf("a", "B", "7", " ", '"', "\\", "\n", "ü", "€", "😀", "\ud800", "{", ":", ",", "***");
    return this.times(this.below(longest), letter).join("");
  }

  bytes(longest = 12): Uint8Array {
    return Uint8Array.from(this.times(this.below(longest), () => this.below(256)));
  }

  json(depth = 0): unknown {
    const kind = this.below(depth > 3 ? 4 : 6);
    if (kind === 0) return this.oneOf(null, true, false);
    if (kind === 1) return this.below(1_000_000) / this.oneOf(1, 7, 1e-9);
    if (kind < 4) return this.text();
    if (kind === 4) return this.times(this.below(4), () => this.json(depth + 1));
    return Object.fromEntries(this.times(this.below(4), () => [this.name(), this.json(depth + 1)]));
  }

  name(): string {
    return this.oneOf("a", "b", "type", "id", "__proto__", "constructor", "", this.text(5));
  }
}
