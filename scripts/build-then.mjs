// Builds a package with its dependencies, with the output on stderr, and runs one of its programs: stdout belongs to the program,
// since its reader may parse it as JSON.
import { spawnSync } from "node:child_process";

// At Ctrl-C the program ends by itself; wait for it.
process.on("SIGINT", () => {});

const [name, program, ...args] = process.argv.slice(2);
const turbo = ["run", "build", `--filter=${name}...`, "--output-logs=errors-only"];
const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1" };
const shell = process.platform === "win32";
const built = spawnSync("turbo", turbo, { env, shell, stdio: ["ignore", process.stderr, process.stderr] });
process.exitCode =
  built.status === 0
    ? (spawnSync(process.execPath, [program, ...args], { stdio: "inherit" }).status ?? 1)
    : (built.status ?? 1);
