/** Random numbers of one decision: the same each time for the same numbers it was made of. */
export interface Dice {
  /** From 0 up to, but not, 1. */
  next(): number;
  /** An integer from 0 up to, but not, `limit`. */
  below(limit: number): number;
}

/** Each decision has its own dice, so none depends on how many were made before it, or in which order. */
export function dice(seed: number, ...numbers: readonly number[]): Dice {
  let hash = 0;
  for (const number of [seed, Math.floor(seed / 2 ** 32), ...numbers]) hash = mixed(hash ^ number) + 1;
  const next = mulberry32(hash);
  return { next, below: (limit) => Math.floor(next() * limit) };
}

/** The finalizer of MurmurHash3 (Austin Appleby, public domain). */
function mixed(number: number): number {
  let hash = number ^ (number >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** mulberry32 (Tommy Ettinger, public domain). */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), bits | 61)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
