import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";

interface Row {
  readonly id: string;
  readonly median: number | null;
}

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** Far from the bench's own gates, because tests share their machine: these catch what takes twice as long, and ignore noise. */
const atMost: Readonly<Record<string, number>> = {
  "round-trip": 1.6,
  "round-trip-bounded": 1.7,
  "sends-1": 2,
  cold: 1.8,
  "cold-wss": 1.3,
  limiter: 1,
  "limiter-flat": 3,
  "memory-1000": 1.6,
  timers: 0,
  listeners: 0,
  "clock-reads": 1,
};
const atLeast: Readonly<Record<string, number>> = {
  "sends-64": 2,
  "sends-8": 1.1,
  multiplexed: 4,
  "multiplexed-to-ws": 0.8,
  receive: 0.45,
  warm: 4,
  "warm-wss": 9,
};

async function measure(rows: readonly string[]): Promise<readonly Row[]> {
  const args = [main, "--coarse", "--json", ...rows];
  const { stdout } = await promisify(execFile)(process.execPath, args).catch((error) => error);
  const report: { readonly rows: readonly Row[] } = JSON.parse(stdout);
  return report.rows;
}

describe("a coarse run on the built packages:", () => {
  let rows: readonly Row[] = [];
  const medianOf = (id: string) => rows.find((row) => row.id === id)?.median;

  beforeAll(async () => {
    rows = await measure([...Object.keys(atMost), ...Object.keys(atLeast)]);
  }, 120_000);

  it.each(Object.entries(atMost))("%s is at most %d", (id, limit) => {
    expect(medianOf(id)).toBeLessThanOrEqual(limit);
  });

  it.each(Object.entries(atLeast))("%s is at least %d", (id, limit) => {
    expect(medianOf(id)).toBeGreaterThanOrEqual(limit);
  });
});
