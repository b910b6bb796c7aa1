import { isOutsockError } from "@outsock/core";
import { type ExitCode, exitCodeOf, exitCodes } from "./exit-codes.ts";
import { hearInterrupts, Interrupted } from "./interrupt.ts";
import { createOutput, type Output } from "./output.ts";
import { UsageError } from "./usage-error.ts";

/** What a running command has. */
export interface Context {
  readonly output: Output;
  /** Aborted by Ctrl-C, SIGTERM, and when nobody reads stdout any more. */
  readonly signal: AbortSignal;
}

/** A command's work. It answers the exit code; what goes wrong it throws. */
export type Work = (context: Context) => Promise<ExitCode>;

/** Runs a command's work to its exit code, and tells what went wrong on the way. */
export async function perform(json: boolean, work: Work): Promise<ExitCode> {
  using interrupts = hearInterrupts();
  const { signal } = interrupts;
  const output = createOutput(json);
  const code = await work({ output, signal }).catch((error: unknown) => report(error, output, signal));
  const unread = signal.reason instanceof Interrupted && signal.reason.by === "closed-pipe";
  return unread ? exitCodes.ok : code;
}

async function report(error: unknown, output: Output, signal: AbortSignal): Promise<ExitCode> {
  if (isOutsockError(error)) {
    if (signal.aborted) output.say("interrupted");
    else await output.fail(error);
    return signal.aborted ? exitCodes.interrupted : exitCodeOf(error.code);
  }
  // Commander tells these, in the way it tells its own.
  if (error instanceof UsageError) throw error;
  if (signal.aborted) return exitCodes.interrupted;
  throw error;
}
