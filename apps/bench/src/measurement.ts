import type { ServerAddress } from "./harness/start-server.ts";

/** The value that a figure must reach (the gate), and the one that it should reach (the aim). */
export interface Limit {
  readonly better: "less" | "more";
  readonly gate: number;
  readonly aim: number;
}

/** One row of the table. */
export interface RowDefinition {
  /** The argument of `bench <row>`. */
  readonly id: string;
  readonly name: string;
  /** Default: "x", a ratio. */
  readonly unit?: "x" | "KB" | "us" | "/s" | "";
  /** Absent if the figure is only shown. */
  readonly limit?: Limit;
}

/** "coarse" takes a fraction of the time, for a test that notices when something takes twice as long. */
export type Effort = "full" | "coarse";

/** The results of one process: samples of each row, or the reason why there are none. */
export interface Sampled {
  readonly samples: Readonly<Record<string, readonly number[] | Unmeasured>>;
  /** For the plots: points by the name of their line. */
  readonly series?: Series;
}

export type Series = Readonly<Record<string, readonly Point[]>>;

interface Unmeasured {
  readonly because: string;
  /** The measurement failed, as opposed to not being possible on this machine. */
  readonly broken?: boolean;
}

export type Point = readonly [x: number, y: number];

/** Rows that are measured together, in their own processes. */
export interface Measurement {
  readonly id: string;
  readonly rows: readonly RowDefinition[];
  /** How many processes measure it, one after another, with full effort. */
  readonly processes: number;
  readonly nodeFlags?: readonly string[];
  /** Runs in a process that measures nothing else. */
  measure(address: ServerAddress, effort: Effort): Promise<Sampled>;
}

export function atMost(gate: number, aim: number): Limit {
  return { better: "less", gate, aim };
}

export function atLeast(gate: number, aim: number): Limit {
  return { better: "more", gate, aim };
}
