import type { Command } from "commander";
import type { Work } from "./perform.ts";

/** Runs a command's work and keeps its exit code for the end of the process. */
export type Start = (command: Command, work: Work) => Promise<void>;
