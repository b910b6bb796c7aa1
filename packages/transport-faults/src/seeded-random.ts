/** Random numbers that are determined by a seed. */
export interface SeededRandom {
  /** From 0 to below 1. */
  next(): number;
  /** An integer from 0 to below `limit`. */
  below(limit: number): number;
}

/** Each decision has its own generator, so it depends neither on the number nor on the order of earlier decisions. */
export function seededRandom(seed: number, ...numbers: readonly number[]): SeededRandom {
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
