// Puts the sources of the package in the current folder into one file for each entry of its exports: a program that
// imports the package then loads a few files instead of dozens. What is imported lazily stays a file of its own. Types
// are the compiler's. Private packages among the devDependencies cannot be installed by users, so their code is bundled.
import { readdirSync, readFileSync } from "node:fs";
import { basename, isAbsolute, join } from "node:path";
import { build } from "rolldown";

const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));
const { exports, devDependencies = {} } = readJson("package.json");
const sources = Object.values(exports)
  .map((entry) => entry["@outsock/source"])
  .filter((source) => source !== undefined);
const bundled = Object.keys(devDependencies)
  .filter((name) => devDependencies[name].startsWith("workspace:"))
  .filter((name) => readJson(`node_modules/${name}/package.json`).private === true);

await build({
  input: Object.fromEntries(sources.map((source) => [basename(source, ".ts"), source])),
  external: (id) => !id.startsWith(".") && !isAbsolute(id) && !bundled.includes(id),
  logLevel: "warn",
  output: {
    dir: "dist",
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
    sourcemap: true,
    comments: false,
  },
});

// Types are not bundled, so they must not mention such a package.
const types = readdirSync("dist", { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".d.ts"),
);
for (const file of types) {
  const text = readFileSync(join("dist", file), "utf8");
  const mentioned = bundled.find((name) => text.includes(`"${name}"`));
  if (mentioned !== undefined) throw new Error(`dist/${file} mentions ${mentioned}, which is private`);
}
