import type { ExitCode } from "./exit-codes.ts";

/** Neither the library's error nor a mistake of writing nor a bug: told in one line, without a stack. */
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

/** The command line cannot be carried out as it was written. The message says what to write instead. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
