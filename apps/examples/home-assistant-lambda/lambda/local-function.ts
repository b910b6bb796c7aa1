import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { parse } from "node:path";
import { fileURLToPath } from "node:url";
import { type Outcome, RuntimeApi } from "./runtime-api.ts";

export interface FunctionOptions {
  /** The file with the function's code. */
  readonly module: URL;
  /** The name of the exported handler. Default "handler". */
  readonly handler?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** The time limit of an invocation. Default 3_000, as on Lambda. */
  readonly timeoutMs?: number;
  /** The flags of the Node that runs it. Default: those of this process. */
  readonly execArgv?: readonly string[];
}

const bootstrap = fileURLToPath(new URL("bootstrap.ts", import.meta.url));

/**
 * Runs a function locally as Lambda does, in one process that is stopped between invocations: no timer fires and no
 * socket is read. An invocation that exceeds its time limit kills the process, and the next one starts in a new process.
 */
export class LocalFunction implements AsyncDisposable {
  readonly #options: FunctionOptions;
  #environment: { readonly api: RuntimeApi; readonly child: ChildProcess } | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #invocationCount = 0;

  constructor(options: FunctionOptions) {
    this.#options = options;
  }

  /** Runs one invocation at a time. Lambda would start a second environment; here, the second invocation waits. */
  invoke(event: unknown): Promise<Outcome> {
    const outcome = this.#last.then(() => this.#invoke(event));
    this.#last = outcome.catch(() => {});
    return outcome;
  }

  /** Uses SIGKILL, as Lambda does for an environment without extensions. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { api, child } = this.#environment ?? {};
    this.#environment = undefined;
    await api?.[Symbol.asyncDispose]();
    if (child === undefined || isGone(child)) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  async #invoke(event: unknown): Promise<Outcome> {
    this.#invocationCount += 1;
    const id = `invocation-${this.#invocationCount}`;
    if (this.#environment !== undefined && isGone(this.#environment.child)) await this[Symbol.asyncDispose]();
    this.#environment ??= await this.#start();
    const { api, child } = this.#environment;
    child.kill("SIGCONT");
    const ended = new AbortController();
    try {
      const outcome = await Promise.race([
        this.#handOver(api, id, event, ended.signal),
        exitOf(child, id, ended.signal),
      ]);
      if (outcome.environmentEnds) await this[Symbol.asyncDispose]();
      else child.kill("SIGSTOP");
      return outcome.outcome;
    } finally {
      ended.abort();
    }
  }

  async #handOver(api: RuntimeApi, id: string, event: unknown, ended: AbortSignal): Promise<Ending> {
    const initError = await api.idle();
    if (initError !== undefined) return { outcome: initError, environmentEnds: true };
    const { timeoutMs = 3_000 } = this.#options;
    const deadlineMs = Date.now() + timeoutMs;
    const functionArn = "arn:aws:lambda:local:000000000000:function:example";
    const done = api.invoke({ id, event, deadlineMs, functionArn }).then(async (outcome) => {
      // An invocation ends, and the process may freeze, only when the runtime requests the next one.
      await api.idle();
      return { outcome, environmentEnds: false };
    });
    return Promise.race([done, timeout(id, timeoutMs, ended)]);
  }

  async #start(): Promise<{ readonly api: RuntimeApi; readonly child: ChildProcess }> {
    const { module, handler = "handler", environment, execArgv = process.execArgv } = this.#options;
    const { dir, name } = parse(fileURLToPath(module));
    const api = new RuntimeApi();
    const env = {
      ...environment,
      AWS_LAMBDA_RUNTIME_API: await api.listen(),
      AWS_LAMBDA_FUNCTION_NAME: "example",
      LAMBDA_TASK_ROOT: dir,
      _HANDLER: `${name}.${handler}`,
    };
    const child = spawn(process.execPath, [...execArgv, bootstrap], {
      env,
      stdio: ["ignore", "inherit", "inherit"],
    });
    return { api, child };
  }
}

interface Ending {
  readonly outcome: Outcome;
  readonly environmentEnds: boolean;
}

function broken(errorType: string, errorMessage: string): Ending {
  return {
    outcome: { payload: { errorType, errorMessage }, functionError: "Unhandled" },
    environmentEnds: true,
  };
}

function isGone({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function exitOf(child: ChildProcess, id: string, ended: AbortSignal): Promise<Ending> {
  const [code, signal] = await once(child, "exit", { signal: ended });
  return broken("Runtime.ExitError", `RequestId: ${id} Error: Runtime exited with ${signal ?? code}`);
}

function timeout(id: string, timeoutMs: number, ended: AbortSignal): Promise<Ending> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      const seconds = (timeoutMs / 1_000).toFixed(2);
      resolve(broken("Sandbox.Timedout", `RequestId: ${id} Error: Task timed out after ${seconds} seconds`));
    }, timeoutMs);
    ended.addEventListener("abort", () => clearTimeout(timer));
  });
}
