/** Something whose time is taken, in short blocks that alternate with those of the others. */
export interface Contender {
  readonly name: string;
  /** Operations in a block. Times are told per operation. */
  readonly operations: number;
  block(): Promise<void>;
}

/** What one block took, per operation. */
export interface Reading {
  readonly wallNs: number;
  readonly cpuNs: number;
}

/** By contender, one reading a round. */
export type Readings = ReadonlyMap<string, readonly Reading[]>;

/**
 * Takes the time of several contenders that are alive together. Each round has a block of each, in an order of its own, so
 * that whatever slows the machine for a while, and whatever a block leaves behind, slows them all; what is compared are
 * the blocks of one round.
 */
export async function alternate(
  contenders: readonly Contender[],
  rounds: number,
  warmUpRounds = Math.max(3, Math.ceil(rounds / 8)),
): Promise<Readings> {
  const readings = new Map<string, Reading[]>(contenders.map(({ name }) => [name, []]));
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    for (const contender of shuffled(contenders)) {
      const reading = await read(contender);
      if (round >= 0) readings.get(contender.name)?.push(reading);
    }
  }
  return readings;
}

function shuffled<Item>(items: readonly Item[]): readonly Item[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

async function read({ operations, block }: Contender): Promise<Reading> {
  // What the block before left to do is not this one's.
  await new Promise((resolve) => setImmediate(resolve));
  const cpu = process.cpuUsage();
  const startNs = process.hrtime.bigint();
  await block();
  const wallNs = Number(process.hrtime.bigint() - startNs) / operations;
  const { user, system } = process.cpuUsage(cpu);
  return { wallNs, cpuNs: ((user + system) * 1_000) / operations };
}

/** Round by round, how many times the first one's time is the second one's. */
export function ratios(
  readings: Readings,
  first: string,
  second: string,
  measure: keyof Reading = "wallNs",
): number[] {
  const divisors = readingsOf(readings, second);
  return readingsOf(readings, first).map((reading, round) => {
    return reading[measure] / (divisors[round]?.[measure] ?? Number.NaN);
  });
}

export function readingsOf(readings: Readings, name: string): readonly Reading[] {
  const found = readings.get(name);
  if (found === undefined) throw new Error(`nothing was read of ${name}`);
  return found;
}
