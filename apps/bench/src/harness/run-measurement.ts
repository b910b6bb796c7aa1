import { once } from "node:events";
import type { Effort, Measurement, Sampled } from "../measurement.ts";
import { startProgram } from "./programs.ts";
import type { ServerAddress } from "./start-server.ts";

/** Runs a measurement in its own processes, one after another, and collects their samples. */
export async function runMeasurement(
  measurement: Measurement,
  address: ServerAddress,
  effort: Effort,
): Promise<readonly Sampled[]> {
  const all: Sampled[] = [];
  const processes = effort === "full" ? measurement.processes : 1;
  for (let turn = 0; turn < processes; turn += 1) all.push(await runOnce(measurement, address, effort));
  return all;
}

/** A measurement that takes longer is stuck. */
const longestMs = 180_000;

async function runOnce(
  { id, nodeFlags = [] }: Measurement,
  { ws, wss }: ServerAddress,
  effort: Effort,
): Promise<Sampled> {
  const worker = startProgram({
    core: "client",
    program: "harness/worker",
    args: [id, effort, ws, wss],
    nodeFlags,
  });
  const tooLong = setTimeout(() => worker.kill("SIGKILL"), longestMs);
  const failed = once(worker, "exit").then(([code, signal]) => {
    throw new Error(`measuring ${id} ended with ${signal ?? `exit code ${code}`}`);
  });
  try {
    const [sampled] = await Promise.race([once(worker, "message"), failed]);
    return sampled;
  } finally {
    clearTimeout(tooLong);
    failed.catch(() => undefined);
  }
}
