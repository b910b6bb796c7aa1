import type { ExitCode } from "./exit-codes.ts";

/** An expected failure of the command line itself, printed in one line without a stack. */
export class CliFailure extends Error {
  override readonly name = "CliFailure";
  readonly code: string;
  readonly exitCode: ExitCode;

  constructor(code: string, exitCode: ExitCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.exitCode = exitCode;
  }
}

/** An invalid command line. The message says what to write instead. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
