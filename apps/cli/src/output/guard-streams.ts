import { setImmediate } from "node:timers/promises";
import { type ExitCode, exitCodes } from "./exit-codes.ts";

/**
 * From now on no failed write ends the process with a stack. What it answers settles the exit code at the end: 0 when
 * the reader of stdout has gone, 1 when stdout could not be written. Nothing becomes of a stderr that fails.
 */
export function guardStreams(): (exitCode: ExitCode) => Promise<ExitCode> {
  let failure: NodeJS.ErrnoException | undefined;
  process.stderr.on("error", () => undefined);
  process.stdout.on("error", (error) => {
    failure ??= error;
  });
  return async (exitCode) => {
    // The failure of the last write comes after the write.
    await setImmediate();
    if (failure === undefined) return exitCode;
    if (failure.code === "EPIPE") return exitCodes.ok;
    process.stderr.write(`stdout cannot be written (${failure.code ?? "no code"})\n`);
    return exitCodes.bug;
  };
}
