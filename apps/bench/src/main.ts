import { runBench } from "./program.ts";

// Some package managers hand "--" on.
process.exitCode = await runBench(process.argv.slice(2).filter((argument) => argument !== "--"));
