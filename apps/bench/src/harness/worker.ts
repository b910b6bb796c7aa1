import type { Effort, Sampled } from "../measurement.ts";
import { measurements } from "../measurements/index.ts";

/** The program that measures: one measurement, in a process of its own, told to the one that started it. */
const [id, effort, ws = "", wss = ""] = process.argv.slice(2);
const measurement = measurements.find((one) => one.id === id);
if (measurement === undefined) throw new Error(`there is no measurement "${id}"`);
// With the one that started it.
process.once("disconnect", () => process.exit());
const sampled: Sampled = await measurement.measure({ ws, wss }, effortOf(effort));
process.send?.(sampled, () => process.exit());

function effortOf(given: string | undefined): Effort {
  return given === "coarse" ? "coarse" : "full";
}
