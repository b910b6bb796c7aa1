import { keepAwake } from "./harness/programs.ts";
import { runMeasurement } from "./harness/run-measurement.ts";
import { startBenchServer } from "./harness/start-server.ts";
import type { Effort, Measurement, Point, Sampled } from "./measurement.ts";
import { measurements } from "./measurements/index.ts";
import { describeMachine, type Report, type Row, rowsOf } from "./report/report.ts";

export interface BenchOptions {
  /** Ids of rows or measurements; an empty list means all. */
  readonly only: readonly string[];
  readonly effort: Effort;
  /** Called with the id of each measurement as it starts. */
  progress(text: string): void;
}

/** The ids that `only` accepts. */
export function knownIds(): readonly string[] {
  return measurements.flatMap(({ id, rows }) => [...new Set([id, ...rows.map((row) => row.id)])]);
}

/** Runs the measurements and returns the report. */
export async function bench({ only, effort, progress }: BenchOptions): Promise<Report> {
  const rows: Row[] = [];
  const series: Record<string, readonly Point[]> = {};
  const awake = [keepAwake("client")];
  const server = await startBenchServer();
  try {
    for (const measurement of measurements.filter((one) => isWanted(one, only))) {
      progress(measurement.id);
      const sampled = await runMeasurement(measurement, server.address, effort).catch((error) => {
        return [failedSamples(measurement, error)];
      });
      rows.push(
        ...rowsOf(measurement, sampled).filter(({ id }) => only.length === 0 || wants(only, measurement, id)),
      );
      // One process is enough for the plots.
      for (const one of sampled.slice(0, 1)) Object.assign(series, one.series);
    }
  } finally {
    server.stop();
    for (const process of awake) process?.kill("SIGKILL");
  }
  return { machine: describeMachine(), rows, series };
}

function isWanted(measurement: Measurement, only: readonly string[]): boolean {
  return only.length === 0 || measurement.rows.some(({ id }) => wants(only, measurement, id));
}

function wants(only: readonly string[], measurement: Measurement, row: string): boolean {
  return only.includes(row) || only.includes(measurement.id);
}

/** The result of a measurement that failed, so that the others still run. */
function failedSamples({ rows }: Measurement, error: unknown): Sampled {
  const because = error instanceof Error ? error.message : String(error);
  return { samples: Object.fromEntries(rows.map(({ id }) => [id, { because, broken: true }])) };
}
