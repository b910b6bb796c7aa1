/** Something that is timed, in short blocks that alternate with those of other contenders. */
export interface Contender {
  readonly name: string;
  /** Operations in a block. Times are per operation. */
  readonly operations: number;
  block(): Promise<void>;
}

/** The time of one block, per operation. */
export interface Reading {
  readonly wallNs: number;
  readonly cpuNs: number;
}

/** One reading per round, by contender. */
export type Readings = ReadonlyMap<string, readonly Reading[]>;

/**
 * Times several contenders that are alive together. Each round runs one block of each in random order, and only blocks of the
 * same round are compared. A slow phase of the machine, or work that a block leaves behind, thus affects all of them.
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
  // Work left by the previous block must not count here.
  await new Promise((resolve) => setImmediate(resolve));
  const cpu = process.cpuUsage();
  const startNs = process.hrtime.bigint();
  await block();
  const wallNs = Number(process.hrtime.bigint() - startNs) / operations;
  const { user, system } = process.cpuUsage(cpu);
  return { wallNs, cpuNs: ((user + system) * 1_000) / operations };
}

/** For each round, the time of the first contender divided by that of the second. */
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
  if (found === undefined) throw new Error(`there are no readings of ${name}`);
  return found;
}
