import { isOutsockError } from "@outsock/core";
import type { Command } from "commander";
import { type ExitCode, exitCodeOf, exitCodes } from "./output/exit-codes.ts";
import { CliFailure, UsageError } from "./output/failures.ts";
import { createOutput, type Output, type OutputFlags } from "./output/output.ts";

/** What a running command has access to. */
export interface CommandContext {
  readonly output: Output;
  /** Aborted by Ctrl-C, by SIGTERM, and when stdout fails. */
  readonly signal: AbortSignal;
}

/** The body of a command. It returns the exit code and throws on failure. */
export type CommandWork = (context: CommandContext) => Promise<ExitCode>;

/** Runs the body of a command and records its exit code. */
export type StartCommand = (command: Command, work: CommandWork) => Promise<void>;

/**
 * Runs the body of a command and reports its failure, if any.
 * @throws UsageError, after printing it on stdout with `--json`; and anything unexpected, which is a bug.
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
    // Commander prints these on stderr, like its own.
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

/** Why a command ends early: a signal, or a stdout that fails. */
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
 * The first Ctrl-C or SIGTERM ends a command gracefully, the second one immediately. A failing stdout (a full disk, a
 * reader that has exited, as in `| head`) ends it gracefully too.
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
