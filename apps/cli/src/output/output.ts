import { setImmediate } from "node:timers/promises";
import { styleText } from "node:util";
import { OutsockError } from "@outsock/core";
import { describeError } from "./describe-error.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import type { CliFailure } from "./failures.ts";

/** The flags that affect printing. */
export interface OutputFlags {
  readonly json?: boolean;
  readonly maxMessageBytes?: number;
}

/** Data goes to stdout, everything else to stderr. Colours only on a terminal, and not with NO_COLOR. */
export interface Output {
  /** Whether stdout carries one JSON document per line, for programs. */
  readonly json: boolean;
  /** Prints one line of data. Resolves when it has been written, so that a slow reader slows the command down. */
  print(line: string): Promise<void>;
  /** Prints one line for people, on stderr. Prints nothing with `--json`. */
  say(line: string): void;
  /** Prints a warning or an error on stderr, also with `--json`. */
  warn(line: string): void;
  /** Reports a failure on stderr, and as a {@link Output.document}. */
  fail(error: OutsockError | CliFailure): Promise<void>;
  /** Prints `{ "success": false, "error": ... }` on stdout with `--json`; nothing without it. */
  document(error: OutsockError | { readonly code: string; readonly message: string }): Promise<void>;
  /** Sets fields that go beside `error` in the document of a failure. */
  setFailureFields(fields: Readonly<Record<string, unknown>>): void;
}

export function createOutput({ json = false, maxMessageBytes }: OutputFlags): Output {
  const { stderr } = process;
  let failureFields: Readonly<Record<string, unknown>> = {};
  const warn = (line: string): void => {
    stderr.write(`${line}\n`);
  };
  const document: Output["document"] = async (error) => {
    if (json) await printLine(JSON.stringify({ success: false, error: withRemote(error), ...failureFields }));
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
    setFailureFields(fields) {
      failureFields = fields;
    },
  };
}

/** Resolves when the line has been written. A failed write is handled through stdout's "error" event. */
export function printLine(line: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(`${line}\n`, () => resolve()));
}

/** Shows the server's error in full. The library's own JSON is meant for logs and leaves its data out. */
function withRemote(error: Parameters<Output["document"]>[0]): unknown {
  return error instanceof OutsockError && error.remote !== undefined
    ? { ...error.toJSON(), remote: error.remote }
    : error;
}

/** Escapes DEL and the C1 characters as well, which JSON.stringify leaves alone: a server could control the terminal with them. */
export function toJsonLine(value: unknown): string {
  return JSON.stringify(value).replace(
    /\p{Cc}/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * Keeps failed writes from crashing the process. The function it returns gives the final exit code: 0 if the reader of
 * stdout has gone away, 1 if stdout could not be written. A stderr that fails is ignored.
 */
export function guardStreams(): (exitCode: ExitCode) => Promise<ExitCode> {
  let failure: NodeJS.ErrnoException | undefined;
  process.stderr.on("error", () => undefined);
  process.stdout.on("error", (error) => {
    failure ??= error;
  });
  return async (exitCode) => {
    // A failed write is reported after the call.
    await setImmediate();
    if (failure === undefined) return exitCode;
    if (failure.code === "EPIPE") return exitCodes.ok;
    process.stderr.write(`cannot write to stdout (${failure.code ?? "no code"})\n`);
    return exitCodes.bug;
  };
}
