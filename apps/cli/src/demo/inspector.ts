import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A Node process with its inspector on: a real WebSocket server that comes with every Node. */
export interface Inspector extends AsyncDisposable {
  readonly url: string;
}

/** It exits when its stdin ends, so it does not survive this process. */
const program = "process.stdin.resume().on('end', () => process.exit())";

/** Starts one on a free port of 127.0.0.1. Disposing it kills the process and waits for its exit. */
export async function spawnInspector(signal: AbortSignal): Promise<Inspector> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(process.execPath, ["--inspect=127.0.0.1:0", "-e", program], {
    stdio: ["pipe", "ignore", "pipe"],
    env,
  });
  const end = () => endProcess(child);
  try {
    return { url: await readUrl(child, signal), [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function readUrl(child: ChildProcess, signal: AbortSignal): Promise<string> {
  const failed = once(child, "error", { signal }).then(([error]) => Promise.reject(error));
  return await Promise.race([failed, findUrl(child)]);
}

async function findUrl({ stderr }: ChildProcess): Promise<string> {
  if (stderr === null) throw new Error("the inspector has no stderr");
  for await (const line of createInterface({ input: stderr })) {
    const [, url] = /^Debugger listening on (ws:\S+)/.exec(line) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error("Node exited without starting its inspector");
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}
