import { isOutsockError } from "@outsock/core";
import { type ExitCode, exitCodeOf, exitCodes } from "../output/exit-codes.ts";
import { CliFailure } from "../output/failures.ts";
import { createOutput, type Output, type OutputFlags } from "../output/output.ts";
import { UsageError } from "../output/usage-error.ts";
import { hearInterrupts, Interrupted } from "./interrupt.ts";

/** What a running command has. */
export interface Context {
  readonly output: Output;
  /** Aborted by Ctrl-C, SIGTERM, and when what is printed goes nowhere. */
  readonly signal: AbortSignal;
}

/** A command's work. It answers the exit code; what goes wrong it throws. */
export type Work = (context: Context) => Promise<ExitCode>;

/**
 * Runs a command's work to its exit code, and tells what went wrong on the way.
 * @throws UsageError, told on stdout with `--json`; and whatever is a bug.
 */
export async function perform(flags: OutputFlags, work: Work): Promise<ExitCode> {
  using interrupts = hearInterrupts();
  const { signal } = interrupts;
  const output = createOutput(flags);
  return await work({ output, signal }).catch((error: unknown) => report(error, output, signal));
}

async function report(error: unknown, output: Output, signal: AbortSignal): Promise<ExitCode> {
  if (error instanceof UsageError) {
    await output.document({ code: "USAGE", message: error.message });
    // Commander tells these on stderr, in the way it tells its own.
    throw error;
  }
  if (signal.aborted) return await reportInterrupt(error, output, signal);
  if (!isOutsockError(error) && !(error instanceof CliFailure)) throw error;
  await output.fail(error);
  return error instanceof CliFailure ? error.exitCode : exitCodeOf(error);
}

async function reportInterrupt(error: unknown, output: Output, signal: AbortSignal): Promise<ExitCode> {
  const asked = signal.reason instanceof Interrupted && signal.reason.by === "signal";
  if (asked) {
    output.say("interrupted");
    const aborted = isOutsockError(error) && error.code === "ABORTED";
    await output.document(aborted ? error : { code: "ABORTED", message: "interrupted" });
  }
  return exitCodes.interrupted;
}
