import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A program that runs as a server until it is closed. */
export interface ServingProcess extends AsyncDisposable {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts a program and waits for its URL on stderr. */
export async function startChild(
  command: string,
  args: readonly string[],
  urlIn: RegExp,
): Promise<ServingProcess> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(command, args, {
    stdio: ["pipe", "ignore", "pipe"],
    env,
    // A process group of its own, so that its children end with it.
    detached: true,
  });
  const close = (): Promise<void> => end(child);
  try {
    const failed = once(child, "error").then(([error]) => Promise.reject(error));
    return { url: await Promise.race([failed, findUrl(child, urlIn)]), close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function findUrl({ stderr }: ChildProcess, urlIn: RegExp): Promise<string> {
  if (stderr === null) throw new Error("the program has no stderr");
  const output: string[] = [];
  for await (const line of createInterface({ input: stderr })) {
    output.push(line);
    const [url] = urlIn.exec(line) ?? [];
    if (url === undefined) continue;
    // Keep reading: a full pipe would block the program.
    stderr.resume();
    return url;
  }
  throw new Error(`the program ended without a URL; its output: ${output.join(" / ")}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  process.kill(-child.pid, "SIGKILL");
  await exited;
  child.stderr?.destroy();
}

/** A Node process with an open inspector. It ends when its stdin does, so also when this process is killed. */
export function startInspectorProcess(): Promise<ServingProcess> {
  const program = "process.stdin.resume().on('end', () => process.exit())";
  return startChild(process.execPath, ["--inspect=127.0.0.1:0", "-e", program], /ws:\/\/\S+/);
}
