import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from "node:readline";
import { printable } from "../output/describe-error.ts";
import { printLine } from "../output/output.ts";
import { openHistory } from "./history.ts";

/** Reads lines that are typed or piped in, and prints output between them. */
export class Prompt implements Disposable {
  readonly interactive: boolean;
  readonly #lines: Interface;
  #history: readonly string[];
  #closed = false;

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
    // On a terminal readline takes Ctrl-C; here it has its usual meaning.
    this.#lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
    this.#lines.on("close", () => {
      this.#closed = true;
      history.save(this.#history);
    });
    ended.addEventListener("abort", () => this.#lines.close());
    if (ended.aborted) this.#lines.close();
  }

  async *lines(): AsyncGenerator<string> {
    if (this.interactive) this.#lines.prompt();
    for await (const line of this.#lines) {
      yield line;
      if (this.interactive && !this.#closed) this.#lines.prompt();
    }
  }

  /** Prints one line of data. */
  print(line: string): Promise<void> {
    return this.aside(() => printLine(this.interactive ? printable(line) : line));
  }

  /** Prints something without disturbing the line being typed. */
  async aside(print: () => void | Promise<void>): Promise<void> {
    if (!this.interactive || this.#closed) {
      await print();
      return;
    }
    const { stdout } = process;
    // The line being typed may span several rows of the terminal.
    const { rows } = this.#lines.getCursorPos();
    moveCursor(stdout, 0, -rows);
    cursorTo(stdout, 0);
    clearScreenDown(stdout);
    await print();
    if (this.#closed) return;
    // Readline moves up by the rows it had drawn, and would overwrite the output.
    stdout.write("\n".repeat(rows));
    this.#lines.prompt(true);
  }

  [Symbol.dispose](): void {
    this.#lines.close();
    process.stdin.destroy();
  }
}
