import type { ServerAddress } from "./harness/start-server.ts";

/** What a figure has to be, and what it should be. */
export interface Limit {
  readonly better: "less" | "more";
  readonly gate: number;
  readonly aim: number;
}

/** One figure of the table. */
export interface RowDefinition {
  /** What `bench <row>` takes. */
  readonly id: string;
  readonly name: string;
  /** Default: "x", a ratio. */
  readonly unit?: "x" | "KB" | "us" | "/s" | "";
  /** Absent where the figure is only shown. */
  readonly limit?: Limit;
}

/** "coarse": a fraction of the time, for a test that catches what has become twice as slow. */
export type Effort = "full" | "coarse";

/** The figures of one process: samples of each row, or why there are none. */
export interface Sampled {
  readonly samples: Readonly<Record<string, readonly number[] | Unmeasured>>;
  /** For the plots: lines of points, by name. */
  readonly series?: Series;
}

export type Series = Readonly<Record<string, readonly Point[]>>;

interface Unmeasured {
  readonly because: string;
  /** It was tried and broke, which no machine excuses. */
  readonly broken?: boolean;
}

export type Point = readonly [x: number, y: number];

/** Some rows that are measured together, in processes of their own. */
export interface Measurement {
  readonly id: string;
  readonly rows: readonly RowDefinition[];
  /** How many processes measure it, one after the other, when the effort is full. */
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
