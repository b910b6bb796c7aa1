import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";

export interface Child {
  readonly process: ChildProcessByStdio<Writable, Readable, null>;
  /** The next line it prints, as JSON. */
  next(): Promise<unknown>;
  writeLine(line: string): void;
  /** Its exit code, once it has ended by itself. */
  readonly exited: Promise<number | null>;
}

/** What Node needs to run a program of `processes/` on the sources. */
function argumentsFor(program: string, args: readonly string[]): readonly string[] {
  const path = fileURLToPath(new URL(`../processes/${program}`, import.meta.url));
  return ["--conditions=@outsock/source", path, ...args];
}

/** Runs a program of `processes/` to its end, and answers the lines that it has printed, as JSON. */
export async function outputOf(program: string, ...args: readonly string[]): Promise<readonly unknown[]> {
  const { stdout } = await promisify(execFile)(process.execPath, argumentsFor(program, args));
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** Runs a program of `processes/` on the sources, as a process of its own. */
export function startChild(program: string, ...args: readonly string[]): Child {
  const child = spawn(process.execPath, argumentsFor(program, args), {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    process: child,
    async next() {
      const { value, done } = await lines.next();
      if (done) throw new Error("the child ended without another line");
      return JSON.parse(value);
    },
    writeLine: (line) => child.stdin.write(`${line}\n`),
    exited: once(child, "exit").then(([code]) => code),
  };
}

/** Resolves when a process is frozen. Linux marks a stopped one with the letter T. */
export async function untilStopped(pid: number): Promise<void> {
  for (;;) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    if (stat.slice(stat.lastIndexOf(")") + 2).startsWith("T")) return;
  }
}
