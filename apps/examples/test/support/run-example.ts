import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface Run {
  readonly exitCode: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

const packageFolder = fileURLToPath(new URL("../..", import.meta.url));

/** Runs an example from source in its own process, as a reader would. */
export function runExample(
  name: string,
  serverUrl: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const args = ["--conditions=@outsock/source", `${name}/main.ts`];
  const options = {
    cwd: packageFolder,
    env: { ...process.env, WS_URL: serverUrl, NO_COLOR: "1", NODE_OPTIONS: "", ...environment },
    timeout: 20_000,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}
