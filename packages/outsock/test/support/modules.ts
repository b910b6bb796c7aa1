import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** The URLs of all modules that a process loads when it runs this program, and what the program printed. */
export async function run(program: string): Promise<{ modules: readonly string[]; printed: string }> {
  const hooks = fileURLToPath(new URL("print-modules.ts", import.meta.url));
  const flags = ["--conditions=@outsock/source", "--import", hooks, "--input-type=module", "--eval", program];
  const cwd = fileURLToPath(new URL("../..", import.meta.url));
  const { stdout, stderr } = await promisify(execFile)(process.execPath, flags, { cwd });
  return { modules: stderr.split("\n").filter((line) => line.includes(":")), printed: stdout.trim() };
}
