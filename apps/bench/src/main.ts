import { runBench } from "./program.ts";

// Some package managers pass "--" through.
process.exitCode = await runBench(process.argv.slice(2).filter((argument) => argument !== "--"));
