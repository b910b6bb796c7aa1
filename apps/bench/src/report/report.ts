import { cpus } from "node:os";
import { canPin } from "../harness/programs.ts";
import type { Limit, Measurement, Point, RowDefinition, Sampled } from "../measurement.ts";
import { medianOf, type Quartiles, quartilesOf } from "./quartiles.ts";

/** One figure. The numbers are null if it was not measured; gate, aim and pass are also null if it is only shown. */
export interface Row {
  readonly id: string;
  readonly name: string;
  readonly unit: string;
  readonly median: number | null;
  readonly q1: number | null;
  readonly q3: number | null;
  readonly better: "less" | "more" | null;
  readonly gate: number | null;
  readonly aim: number | null;
  readonly verdict: GateVerdict | null;
  readonly pass: boolean | null;
  /** The reason why it was not measured. */
  readonly because?: string;
}

export interface Machine {
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  /** Whether clients and server had a core each. */
  readonly pinned: boolean;
}

export interface Report {
  readonly machine: Machine;
  readonly rows: readonly Row[];
  readonly series: Readonly<Record<string, readonly Point[]>>;
}

export function describeMachine(): Machine {
  const platform = `${process.platform} ${process.arch}`;
  return { node: process.version, platform, cpu: cpus()[0]?.model ?? "unknown", pinned: canPin };
}

/** The rows of one measurement, from the samples of all its processes. */
export function rowsOf(measurement: Measurement, processes: readonly Sampled[]): readonly Row[] {
  return measurement.rows.map((definition) => rowOf(definition, processes));
}

function rowOf(definition: RowDefinition, processes: readonly Sampled[]): Row {
  const { id, name, unit = "x", limit } = definition;
  const { better = null, gate = null, aim = null } = limit ?? {};
  const row = { id, name, unit, better, gate, aim };
  const found = processes.map(({ samples }) => samples[id] ?? { because: "not part of this run" });
  const measured = found.flatMap((one) => ("because" in one ? [] : [one]));
  const samples = measured.flat();
  if (samples.length === 0) {
    const [because = "nothing was read"] = found.flatMap((one) => ("because" in one ? [one.because] : []));
    const broken = found.some((one) => "because" in one && one.broken === true);
    const pass = broken && limit !== undefined ? false : null;
    return { ...row, median: null, q1: null, q3: null, verdict: null, pass, because };
  }
  const quartiles = quartilesOf(samples);
  const verdict = limit === undefined ? null : judgeGate(quartiles, measured.map(medianOf), limit);
  return { ...row, ...quartiles, verdict, pass: verdict === null ? null : verdict !== "fail" };
}

/**
 * "aim" and "pass": the median reaches the aim, or the gate. "unclear": the median misses the gate, but the better quartile
 * and at least one process reach it, so it may be noise. "fail": it is not noise.
 */
export type GateVerdict = "aim" | "pass" | "unclear" | "fail";

/** Judges a figure so that noise neither fails a good one nor passes a bad one. `processMedians` may have one element. */
export function judgeGate(
  { q1, median, q3 }: Quartiles,
  processMedians: readonly number[],
  { better, gate, aim }: Limit,
): GateVerdict {
  const meets = (figure: number, limit: number) => (better === "less" ? figure <= limit : figure >= limit);
  if (meets(median, aim)) return "aim";
  if (meets(median, gate)) return "pass";
  const quartileMeets = meets(better === "less" ? q1 : q3, gate);
  const processesAgree = processMedians.length > 1 && processMedians.every((one) => !meets(one, gate));
  return quartileMeets && !processesAgree ? "unclear" : "fail";
}
