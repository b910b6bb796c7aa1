import { createInterface } from "node:readline";

/** The lines of stdin, until it ends or `ended` resolves. Afterwards stdin keeps no process alive. */
export async function* stdinLines(ended: Promise<unknown>): AsyncGenerator<string> {
  const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  void ended.then(() => lines.close());
  try {
    yield* lines;
  } finally {
    process.stdin.destroy();
  }
}
