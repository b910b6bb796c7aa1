import { exitCodes } from "./exit-codes.ts";

/** Why a command is to end early: somebody asked for it, or nobody reads what it prints. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly by: "signal" | "closed-pipe";

  constructor(by: "signal" | "closed-pipe") {
    super("interrupted");
    this.by = by;
  }
}

export interface Interrupts extends Disposable {
  /** Aborted with an {@link Interrupted}. */
  readonly signal: AbortSignal;
}

/** Ctrl-C and SIGTERM end a command in its own time, a second one at once. So does a reader that has gone (`| head`). */
export function hearInterrupts(): Interrupts {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort(new Interrupted("signal"));
  };
  const stdoutFailed = (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    controller.abort(new Interrupted("closed-pipe"));
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  process.stdout.on("error", stdoutFailed);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
    },
  };
}
