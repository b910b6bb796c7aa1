import { isOutsockError } from "@outsock/core";
import type { Command } from "commander";
import { type ExitCode, exitCodeOf, exitCodes } from "./output/exit-codes.ts";
import { CliFailure, UsageError } from "./output/failures.ts";
import { createOutput, type Output, type OutputFlags } from "./output/output.ts";

/** What a running command has. */
export interface CommandContext {
  readonly output: Output;
  /** Aborted by Ctrl-C, SIGTERM, and when what is printed goes nowhere. */
  readonly signal: AbortSignal;
}

/** A command's work. It answers the exit code; what goes wrong it throws. */
export type CommandWork = (context: CommandContext) => Promise<ExitCode>;

/**
 * Runs a command's work to its exit code, and tells what went wrong on the way.
 * @throws UsageError, told on stdout with `--json`; and whatever is a bug.
 */
export async function perform(flags: OutputFlags, work: CommandWork): Promise<ExitCode> {
  using interrupts = listenForInterrupts();
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

/** Why a command is to end early: somebody asked for it, or what it prints goes nowhere. */
class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly by: "signal" | "stdout";

  constructor(by: "signal" | "stdout") {
    super("interrupted");
    this.by = by;
  }
}

interface Interrupts extends Disposable {
  /** Aborted with an {@link Interrupted}. */
  readonly signal: AbortSignal;
}

/**
 * Ctrl-C and SIGTERM end a command in its own time, a second one at once. So does a stdout that fails: a full disk, a
 * reader that has gone (`| head`).
 */
function listenForInterrupts(): Interrupts {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort(new Interrupted("signal"));
  };
  const stdoutFailed = () => controller.abort(new Interrupted("stdout"));
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  process.stdout.on("error", stdoutFailed);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
      process.stdout.off("error", stdoutFailed);
    },
  };
}

/** Runs a command's work and keeps its exit code for the end of the process. */
export type StartCommand = (command: Command, work: CommandWork) => Promise<void>;
