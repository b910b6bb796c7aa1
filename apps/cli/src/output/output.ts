import { setImmediate } from "node:timers/promises";
import { styleText } from "node:util";
import { OutsockError } from "@outsock/core";
import { describeError } from "./describe-error.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import type { CliFailure } from "./failures.ts";

/** What the flags say about printing. */
export interface OutputFlags {
  readonly json?: boolean;
  readonly maxMessageBytes?: number;
}

/** Data goes to stdout, talk to stderr. Colours only where a person looks and NO_COLOR does not forbid them. */
export interface Output {
  /** Whether stdout is for a program: one JSON document a line. */
  readonly json: boolean;
  /** One line of data. Resolves when it has been written, so that a slow reader slows the command. */
  print(line: string): Promise<void>;
  /** One line for the person at the terminal. Nothing with `--json`. */
  say(line: string): void;
  /** A warning or an error: on stderr, with `--json` too. */
  warn(line: string): void;
  /** What went wrong: on stderr, and as a {@link Output.document}. */
  fail(error: OutsockError | CliFailure): Promise<void>;
  /** `{ "success": false, "error": ... }` on stdout with `--json`; nothing without. */
  document(error: OutsockError | { readonly code: string; readonly message: string }): Promise<void>;
  /** What stands beside `error` in the document of a failure. */
  beside(fields: Readonly<Record<string, unknown>>): void;
}

export function createOutput({ json = false, maxMessageBytes }: OutputFlags): Output {
  const { stderr } = process;
  let besideError: Readonly<Record<string, unknown>> = {};
  const warn = (line: string): void => {
    stderr.write(`${line}\n`);
  };
  const document: Output["document"] = async (error) => {
    if (json) await printLine(JSON.stringify({ success: false, error: withRemote(error), ...besideError }));
  };
  return {
    json,
    print: printLine,
    warn,
    document,
    say: (line) => {
      if (!json) warn(styleText("dim", line, { stream: stderr }));
    },
    async fail(error) {
      const [what, ...rest] = describeError(error, maxMessageBytes);
      warn(`${styleText("red", error.code, { stream: stderr })} ${what}`);
      for (const line of rest) warn(`  ${line}`);
      const { code, message } = error;
      await document(error instanceof Error && "phase" in error ? error : { code, message });
    },
    beside(fields) {
      besideError = fields;
    },
  };
}

/** Resolves when it has been written. A failed write is an "error" event too, and heard there. */
export function printLine(line: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(`${line}\n`, () => resolve()));
}

/** What the server said is all shown to whoever asked: the library's JSON, for logs, leaves its data out. */
function withRemote(error: Parameters<Output["document"]>[0]): unknown {
  return error instanceof OutsockError && error.remote !== undefined
    ? { ...error.toJSON(), remote: error.remote }
    : error;
}

/** JSON leaves DEL and the C1 characters as they are, with which a server could steer a terminal. */
export function toJsonLine(value: unknown): string {
  return JSON.stringify(value).replace(
    /\p{Cc}/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

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
