import { type ServingProcess, startChild } from "./child.ts";

/** A Node process that waits to be inspected. It ends with its stdin, so also when this process is killed. */
export function startInspector(): Promise<ServingProcess> {
  const program = "process.stdin.resume().on('end', () => process.exit())";
  return startChild(process.execPath, ["--inspect=127.0.0.1:0", "-e", program], /ws:\/\/\S+/);
}
