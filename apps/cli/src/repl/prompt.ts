import { clearLine, createInterface, cursorTo, type Interface } from "node:readline";
import { printable } from "../describe-error.ts";
import { printLine } from "../output.ts";
import { openHistory } from "./history.ts";

/** The lines that are typed, or piped in, and a place to print in between. */
export class Prompt implements Disposable {
  readonly interactive: boolean;
  readonly #lines: Interface;
  #history: readonly string[];

  constructor(ended: AbortSignal) {
    this.interactive = process.stdin.isTTY === true && process.stdout.isTTY === true;
    const history = openHistory(process.env, this.interactive);
    this.#history = history.lines;
    this.#lines = createInterface({
      input: process.stdin,
      crlfDelay: Number.POSITIVE_INFINITY,
      terminal: this.interactive,
      history: history.lines,
      historySize: 1_000,
      removeHistoryDuplicates: true,
      ...(this.interactive && { output: process.stdout }),
    });
    this.#lines.on("history", (lines) => {
      this.#history = lines;
    });
    // On a terminal Ctrl-C is readline's; it means here what it means everywhere.
    this.#lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
    this.#lines.on("close", () => history.save(this.#history));
    ended.addEventListener("abort", () => this.#lines.close());
    if (ended.aborted) this.#lines.close();
  }

  async *lines(): AsyncGenerator<string> {
    if (this.interactive) this.#lines.prompt();
    for await (const line of this.#lines) {
      yield line;
      if (this.interactive) this.#lines.prompt();
    }
  }

  /** One line of data. */
  print(line: string): Promise<void> {
    return this.aside(() => printLine(this.interactive ? printable(line) : line));
  }

  /** Prints something without tearing what is being typed. */
  async aside(print: () => void | Promise<void>): Promise<void> {
    if (this.interactive) {
      cursorTo(process.stdout, 0);
      clearLine(process.stdout, 0);
    }
    await print();
    if (this.interactive) this.#lines.prompt(true);
  }

  [Symbol.dispose](): void {
    this.#lines.close();
    process.stdin.destroy();
  }
}
