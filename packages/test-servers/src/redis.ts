import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A separate, empty Redis that stores nothing on disk. */
export interface RedisServer extends AsyncDisposable {
  /** The Unix socket that it listens on. */
  readonly socketPath: string;
  /** The TCP port of 127.0.0.1 that it also listens on, if one was given. */
  readonly port: number | undefined;
  /** Kills it, like a crash. */
  kill(): Promise<void>;
  /** Kills it if it is running, and starts it again at the same address, empty. */
  restart(): Promise<void>;
  /** Makes it hang: connections stay open, but nothing is answered. */
  pause(): void;
  resume(): void;
  close(): Promise<void>;
}

export interface RedisServerOptions {
  /** A port of 127.0.0.1 to listen on as well. Default: the Unix socket only. */
  readonly port?: number | undefined;
}

/** The Redis of this machine: the one named by REDIS_SERVER, or `redis-server` or `valkey-server` in PATH. */
export function findRedis(): string | undefined {
  const { REDIS_SERVER, PATH = "" } = process.env;
  if (REDIS_SERVER !== undefined && REDIS_SERVER !== "") return REDIS_SERVER;
  const folders = PATH.split(delimiter).filter((folder) => folder !== "");
  return ["redis-server", "valkey-server"]
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Starts a Redis and waits until it answers. @throws Error if there is none, or if it does not answer in time. */
export async function startRedis({ port }: RedisServerOptions = {}): Promise<RedisServer> {
  const executable = findRedis();
  if (executable === undefined) {
    throw new Error("There is no Redis: install one (Debian: redis-server), or set REDIS_SERVER");
  }
  // On some systems a socket's path may have at most 104 bytes, and the temporary folder may have a long name.
  const folder = await mkdtemp(join(tmpdir().length > 60 ? "/tmp" : tmpdir(), "redis-"));
  const socketPath = join(folder, "redis.sock");
  const args = ["--port", String(port ?? 0), "--bind", "127.0.0.1", "--unixsocket", socketPath];
  args.push("--save", "", "--appendonly", "no", "--dir", folder, "--daemonize", "no");
  let running: Running | undefined;
  const start = async (): Promise<void> => {
    await rm(socketPath, { force: true });
    running = await launch(executable, args);
    await untilAnswering(running, socketPath);
  };
  const kill = async (): Promise<void> => {
    if (running !== undefined) await end(running);
    running = undefined;
  };
  const signal = (name: NodeJS.Signals): void => {
    if (running !== undefined) process.kill(running.pid, name);
  };
  const close = async (): Promise<void> => {
    await kill();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const server: RedisServer = {
    socketPath,
    port,
    kill,
    restart: () => kill().then(start),
    pause: () => signal("SIGSTOP"),
    resume: () => signal("SIGCONT"),
    close,
    [Symbol.asyncDispose]: close,
  };
  await start().catch(async (error) => {
    await close();
    throw error;
  });
  return server;
}

/**
 * Redis does not end with its stdin. This shell does, and kills its process group, so that no server outlives this process, even if it
 * is killed. It prints the server's process id: a signal that stops the server must not stop the shell.
 */
const leash = `{ "$@" > /dev/null 2>&1 & echo $!; wait $!; kill -KILL 0; } & cat > /dev/null; kill -KILL 0`;

interface Running {
  readonly shell: ChildProcess;
  readonly pid: number;
}

async function launch(executable: string, args: readonly string[]): Promise<Running> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const shell = spawn("/bin/sh", ["-c", leash, "sh", executable, ...args], {
    stdio: ["pipe", "pipe", "ignore"],
    env,
    detached: true,
  });
  const [output] = await once(shell.stdout, "data");
  return { shell, pid: Number.parseInt(String(output), 10) };
}

async function end({ shell }: Running): Promise<void> {
  if (shell.pid === undefined || shell.exitCode !== null || shell.signalCode !== null) return;
  const exited = once(shell, "exit");
  process.kill(-shell.pid, "SIGKILL");
  await exited;
  shell.stdin?.destroy();
  shell.stdout?.destroy();
}

const startTimeoutMs = 10_000;

async function untilAnswering({ shell }: Running, socketPath: string): Promise<void> {
  for (const deadline = performance.now() + startTimeoutMs; performance.now() < deadline; await sleep(10)) {
    if (shell.exitCode !== null || shell.signalCode !== null)
      throw new Error("Redis exited immediately: REDIS_SERVER, or the one found in PATH, does not run");
    if (await answers(socketPath)) return;
  }
  throw new Error(`Redis did not answer within ${startTimeoutMs} ms`);
}

async function answers(socketPath: string): Promise<boolean> {
  const socket = connect(socketPath);
  try {
    socket.write("PING\r\n");
    const [answer] = await once(socket, "data", { signal: AbortSignal.timeout(1_000) });
    return String(answer).startsWith("+PONG");
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
