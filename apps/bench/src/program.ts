import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { bench, knownIds } from "./bench.ts";
import type { Report } from "./report/report.ts";
import { tableOf } from "./report/table.ts";

interface Flags {
  readonly json?: true;
  readonly coarse?: true;
  readonly plots?: string;
  readonly from?: string;
}

/** Runs a command line (without the program's name). The exit code is 1 if a gate fails, 2 for a usage error. */
export async function runBench(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = new Command("bench")
    .description("Measure Outsock, as ratios to raw ws doing the same work in the same run.")
    .exitOverride()
    .argument("[rows...]", "only these rows", collectRow, [])
    .option("--json", "print the report as JSON instead of a table")
    .option("--coarse", "take a fraction of the time, for rough figures")
    .option("--plots <folder>", "also draw the plots, as SVG files")
    .option("--from <file>", "use a saved JSON report instead of measuring")
    .addHelpText("after", `\nRows: ${knownIds().join(", ")}`)
    .action(async (rows: readonly string[], flags: Flags) => {
      exitCode = await report(rows, flags);
    });
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof BenchUsageError)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    return 2;
  }
}

/** A mistake that the caller can correct. */
class BenchUsageError extends Error {
  override readonly name = "BenchUsageError";
}

async function report(only: readonly string[], { json, coarse, plots, from }: Flags): Promise<number> {
  const measured = from === undefined ? await measure(only, coarse === true) : await readReport(from);
  process.stdout.write(json ? `${JSON.stringify(measured, null, 2)}\n` : tableOf(measured));
  if (plots !== undefined) await writePlots(measured, plots);
  return measured.rows.some(({ pass }) => pass === false) ? 1 : 0;
}

function measure(only: readonly string[], coarse: boolean): Promise<Report> {
  const progress = (text: string) => process.stderr.write(`measuring ${text}\n`);
  return bench({ only, effort: coarse ? "coarse" : "full", progress });
}

async function readReport(file: string): Promise<Report> {
  try {
    const report: unknown = JSON.parse(await readFile(file, "utf8"));
    if (isReport(report)) return report;
  } catch (error) {
    throw new BenchUsageError(`cannot read ${file}: ${describe(error)}`);
  }
  throw new BenchUsageError(`${file} is not a report of "bench --json"`);
}

function isReport(value: unknown): value is Report {
  if (typeof value !== "object" || value === null) return false;
  if (!("machine" in value && "series" in value && "rows" in value && Array.isArray(value.rows)))
    return false;
  return value.rows.every(
    (row) => typeof row === "object" && row !== null && "name" in row && "median" in row,
  );
}

function describe(error: unknown): string {
  return error instanceof SyntaxError
    ? "it is not JSON"
    : String(error instanceof Error ? error.message : error);
}

async function writePlots(measured: Report, folder: string): Promise<void> {
  const { drawPlots } = await import("./plots/draw-plots.ts");
  try {
    const plots = await drawPlots(measured);
    // Without its parents, so that a mistyped path is an error.
    await mkdir(folder).catch(existing);
    for (const [name, svg] of plots) await writeFile(join(folder, name), svg);
  } catch (error) {
    throw new BenchUsageError(`cannot draw the plots: ${describe(error)}`);
  }
}

function existing(error: unknown): void {
  if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
}

function collectRow(row: string, before: readonly string[]): readonly string[] {
  if (!knownIds().includes(row))
    throw new InvalidArgumentError(`There is no such row. Rows: ${knownIds().join(", ")}.`);
  return [...before, row];
}
