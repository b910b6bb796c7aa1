import { run } from "./program.ts";

// Some package managers hand "--" on.
process.exitCode = await run(process.argv.slice(2).filter((argument) => argument !== "--"));
