import { runCli } from "./program.ts";

/** Flags of the program itself, not of the demo. */
const ownFlags = new Set(["-h", "--help", "-V", "--version"]);

// Some package managers pass "--" through.
const args = process.argv.slice(2).filter((argument, index) => index > 0 || argument !== "--");
const forDemo = args.every((argument) => argument.startsWith("-") && !ownFlags.has(argument));

process.exitCode = await runCli(forDemo ? ["demo", ...args] : args);
