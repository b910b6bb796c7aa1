import { exitCodes } from "../output/exit-codes.ts";

/** Why a command is to end early: somebody asked for it, or what it prints goes nowhere. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly by: "signal" | "stdout";

  constructor(by: "signal" | "stdout") {
    super("interrupted");
    this.by = by;
  }
}

export interface Interrupts extends Disposable {
  /** Aborted with an {@link Interrupted}. */
  readonly signal: AbortSignal;
}

/**
 * Ctrl-C and SIGTERM end a command in its own time, a second one at once. So does a stdout that fails: a full disk, a
 * reader that has gone (`| head`).
 */
export function hearInterrupts(): Interrupts {
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
