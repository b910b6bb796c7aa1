import type { Effort, Sampled } from "../measurement.ts";
import { measurements } from "../measurements/index.ts";

/** The program that runs one measurement in its own process, and sends the result to its parent. */
const [id, effort, ws = "", wss = ""] = process.argv.slice(2);
const measurement = measurements.find((one) => one.id === id);
if (measurement === undefined) throw new Error(`there is no measurement "${id}"`);
// End with the parent.
process.once("disconnect", () => process.exit());
const sampled: Sampled = await measurement.measure({ ws, wss }, effortOf(effort));
process.send?.(sampled, () => process.exit());

function effortOf(given: string | undefined): Effort {
  return given === "coarse" ? "coarse" : "full";
}
