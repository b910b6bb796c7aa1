// Puts the sources of the package in the current folder into one file for each entry of its exports: a program that
// imports the package then loads a few files instead of dozens. What is imported lazily stays a file of its own. A private
// package of ours among the devDependencies is taken into these files, as users cannot install it. Types are the compiler's.
import { readFileSync } from "node:fs";
import { isAbsolute } from "node:path";
import { build } from "rolldown";

const manifestIn = (folder) => JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
const { exports, devDependencies } = manifestIn(".");

/** `[file in dist, source]` of an entry, which may have one of each for a runtime. */
const filesOf = ({ "@outsock/source": source, ...built }) => {
  if (source === undefined) return [];
  const { types, ...sources } = typeof source === "string" ? { default: source } : source;
  return Object.entries(sources).map(([condition, path]) => [
    built[condition].replace(/^\.\/dist\/(.+)\.js$/, "$1"),
    path,
  ]);
};

const bundled = Object.entries(devDependencies)
  .filter(([name, range]) => range.startsWith("workspace:") && manifestIn(`node_modules/${name}`).private)
  .map(([name]) => name);

await build({
  input: Object.fromEntries(Object.values(exports).flatMap(filesOf)),
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
