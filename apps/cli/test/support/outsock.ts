import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const programs = {
  main: fileURLToPath(new URL("../../src/main.ts", import.meta.url)),
  start: fileURLToPath(new URL("../../src/start.ts", import.meta.url)),
};

/** Saves every process but the first from compiling the sources, which takes more than half of its time. */
const compileCache = fileURLToPath(new URL("../../node_modules/.cache/compile", import.meta.url));

interface RunOptions {
  readonly program?: keyof typeof programs;
  readonly env?: Readonly<Record<string, string>>;
  /** The contents of stdin; without it stdin stays open and silent. */
  readonly stdin?: string;
}

/** Ends processes that a failed test leaves behind. */
const longestMs = 30_000;

/** Variables of the test run that must not affect the command line. */
const neutral = { NO_COLOR: undefined, FORCE_COLOR: undefined, NODE_OPTIONS: undefined };

/** A command line running from source in its own process. */
class Outsock {
  readonly child: ChildProcess;
  stdout = "";
  stderr = "";
  readonly #exited: Promise<unknown[]>;

  constructor(args: readonly string[], options: RunOptions = {}) {
    const { program = "main", env = {}, stdin } = options;
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

  /** Resolves when a stream has printed the text. */
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

  /** The exit code, after all output has been read. */
  async exit(): Promise<number | null> {
    await this.#exited;
    return this.child.exitCode;
  }
}

/** Starts a command line that the test interacts with. It ends with the test at the latest. */
export function startOutsock(args: readonly string[], options: RunOptions = {}): Outsock {
  const running = new Outsock(args, options);
  onTestFinished(() => void running.child.kill("SIGKILL"));
  return running;
}

/** Runs a command line until it exits. */
export async function outsock(
  args: readonly string[],
  options: RunOptions = {},
): Promise<{ code: number | null; stdout: string; stderr: string; lines: readonly string[] }> {
  const running = new Outsock(args, options);
  const code = await running.exit();
  const { stdout, stderr, lines } = running;
  return { code, stdout, stderr, lines };
}
