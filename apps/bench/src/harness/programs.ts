import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

/** The core of a program: one for the clients, the other for the server. */
export type Core = "client" | "server";

const cores: Readonly<Record<Core, string>> = { client: "0", server: "1" };

/** Whether programs can be pinned to a core: on Linux, with util-linux and two cores. */
export const canPin: boolean = availableParallelism() >= 2 && works("taskset", ["-c", "1", "true"]);
const canIdle = canPin && works("chrt", ["-i", "0", "true"]);

function works(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

export interface ProgramOptions {
  readonly core: Core;
  /** The program's path below `src/`, without its extension. */
  readonly program: string;
  readonly args?: readonly string[];
  readonly nodeFlags?: readonly string[];
}

/** Starts a program of this package on a core, with an IPC channel. It inherits the flags of this process. */
export function startProgram({ core, program, args = [], nodeFlags = [] }: ProgramOptions): ChildProcess {
  const command = [process.execPath, ...process.execArgv, ...nodeFlags, fileOf(program), ...args];
  // Native masking would distort the comparison: only some of the peers install it.
  const env = { ...process.env, WS_NO_BUFFER_UTIL: "1" };
  return launch(canPin ? ["taskset", "-c", cores[core], ...command] : command, env);
}

/**
 * Keeps a core from going idle, because waking it takes longer than the differences that are measured. The process runs only
 * when nothing else needs the core.
 */
export function keepAwake(core: Core): ChildProcess | undefined {
  if (!canIdle) return undefined;
  const command = ["chrt", "-i", "0", "taskset", "-c", cores[core], process.execPath, fileOf("harness/spin")];
  return launch(command, process.env);
}

function fileOf(program: string): string {
  return fileURLToPath(new URL(`../${program}${extname(import.meta.filename)}`, import.meta.url));
}

function launch([command = "", ...args]: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(command, args, { env, stdio: ["ignore", "inherit", "inherit", "ipc"] });
}
