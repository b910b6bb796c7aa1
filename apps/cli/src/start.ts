import { runCli } from "./program.ts";

/** Flags that are the program's own, not the demo's. */
const ownFlags = new Set(["-h", "--help", "-V", "--version"]);

// Some package managers hand "--" on.
const args = process.argv.slice(2).filter((argument, index) => index > 0 || argument !== "--");
const forDemo = args.every((argument) => argument.startsWith("-") && !ownFlags.has(argument));

process.exitCode = await runCli(forDemo ? ["demo", ...args] : args);
