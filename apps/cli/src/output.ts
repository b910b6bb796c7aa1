import { styleText } from "node:util";
import type { OutsockError } from "@outsock/core";
import { describeError } from "./describe-error.ts";

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
  /** What went wrong on stderr; with `--json` also `{ "success": false, "error": ... }` on stdout. */
  fail(error: OutsockError, more?: Readonly<Record<string, unknown>>): Promise<void>;
}

export function createOutput(json: boolean): Output {
  const { stdout, stderr } = process;
  const print = (line: string): Promise<void> =>
    // A failed write is an "error" event too, and heard there.
    new Promise((resolve) => stdout.write(`${line}\n`, () => resolve()));
  const warn = (line: string): void => {
    stderr.write(`${line}\n`);
  };
  return {
    json,
    print,
    warn,
    say: (line) => {
      if (!json) warn(styleText("dim", line, { stream: stderr }));
    },
    async fail(error, more) {
      const [what, ...rest] = describeError(error);
      warn(`${styleText("red", error.code, { stream: stderr })} ${what}`);
      for (const line of rest) warn(`  ${line}`);
      if (json) await print(JSON.stringify({ success: false, error, ...more }));
    },
  };
}
