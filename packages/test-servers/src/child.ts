import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A program that serves until it is closed. */
export interface ServingProcess extends AsyncDisposable {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts a program and waits for the line of its stderr that names its URL. */
export async function startChild(
  command: string,
  args: readonly string[],
  urlIn: RegExp,
): Promise<ServingProcess> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(command, args, {
    stdio: ["pipe", "ignore", "pipe"],
    env,
    // A group of its own, so that what it starts ends with it.
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
  const said: string[] = [];
  for await (const line of createInterface({ input: stderr })) {
    said.push(line);
    const [url] = urlIn.exec(line) ?? [];
    if (url === undefined) continue;
    // Read on: a pipe that is full would stop the program.
    stderr.resume();
    return url;
  }
  throw new Error(`the program ended without a URL; it said: ${said.join(" / ")}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  process.kill(-child.pid, "SIGKILL");
  await exited;
  child.stderr?.destroy();
}
