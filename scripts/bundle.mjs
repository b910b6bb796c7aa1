// Puts the sources of the package in the current folder into one file for each entry of its exports: a program that
// imports the package then loads a few files instead of dozens. What is imported lazily stays a file of its own. Types
// are the compiler's.
import { readFileSync } from "node:fs";
import { basename, isAbsolute } from "node:path";
import { build } from "rolldown";

const { exports } = JSON.parse(readFileSync("package.json", "utf8"));
const sources = Object.values(exports)
  .map((entry) => entry["@outsock/source"])
  .filter((source) => source !== undefined);

await build({
  input: Object.fromEntries(sources.map((source) => [basename(source, ".ts"), source])),
  external: (id) => !id.startsWith(".") && !isAbsolute(id),
  logLevel: "warn",
  output: {
    dir: "dist",
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
    sourcemap: true,
    comments: false,
  },
});
