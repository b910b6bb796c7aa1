import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const programs = {
  main: fileURLToPath(new URL("../../src/main.ts", import.meta.url)),
  start: fileURLToPath(new URL("../../src/start.ts", import.meta.url)),
};

/** Spares every process but the first the stripping and compiling of the sources: more than half of its time. */
const compileCache = fileURLToPath(new URL("../../node_modules/.cache/compile", import.meta.url));

interface How {
  readonly program?: keyof typeof programs;
  readonly env?: Readonly<Record<string, string>>;
  /** What stdin holds; without it stdin stays open and silent. */
  readonly stdin?: string;
}

/** No process outlives a test that failed for long. */
const longestMs = 30_000;

/** What the tests' own surroundings must not decide. */
const neutral = { NO_COLOR: undefined, FORCE_COLOR: undefined, NODE_OPTIONS: undefined };

/** A command line that runs as a process of its own, from source. */
class Outsock {
  readonly child: ChildProcess;
  stdout = "";
  stderr = "";
  readonly #exited: Promise<unknown[]>;

  constructor(args: readonly string[], how: How = {}) {
    const { program = "main", env = {}, stdin } = how;
    const own = { ...process.env, ...neutral, NODE_COMPILE_CACHE: compileCache, ...env };
    this.child = spawn(process.execPath, ["--conditions=@outsock/source", programs[program], ...args], {
      env: own,
      timeout: longestMs,
      killSignal: "SIGKILL",
    });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.child.stdin?.on("error", () => undefined);
    if (stdin !== undefined) this.child.stdin?.end(stdin);
    this.#exited = once(this.child, "close");
  }

  get lines(): readonly string[] {
    return this.stdout.split("\n").filter((line) => line !== "");
  }

  /** Resolves once a stream shows the text. */
  async shows(text: string, stream: "stdout" | "stderr" = "stdout"): Promise<void> {
    while (!this[stream].includes(text)) {
      const ended = await Promise.race([
        once(this.child[stream] ?? this.child, "data").then(() => false),
        this.#exited.then(() => true),
      ]);
      if (ended && !this[stream].includes(text)) {
        throw new Error(`ended without ${JSON.stringify(text)}: ${this.stdout}${this.stderr}`);
      }
    }
  }

  /** The exit code, once everything it printed has been read. */
  async exit(): Promise<number | null> {
    await this.#exited;
    return this.child.exitCode;
  }
}

/** Starts a command line that the test talks with. It ends with the test at the latest. */
export function startOutsock(args: readonly string[], how: How = {}): Outsock {
  const running = new Outsock(args, how);
  onTestFinished(() => void running.child.kill("SIGKILL"));
  return running;
}

/** Runs a command line to its end. */
export async function outsock(
  args: readonly string[],
  how: How = {},
): Promise<{ code: number | null; stdout: string; stderr: string; lines: readonly string[] }> {
  const running = new Outsock(args, how);
  const code = await running.exit();
  const { stdout, stderr, lines } = running;
  return { code, stdout, stderr, lines };
}
