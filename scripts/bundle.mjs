// Puts the sources of the package in the current folder into one file for each entry of its exports: a program that
// imports the package then loads a few files instead of dozens. What is imported lazily stays a file of its own. A private
// package of ours among the devDependencies is taken into these files, as users cannot install it. Types are the compiler's.
import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
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

// Types are not bundled, so what users can reach of them must not mention such a package.
const reached = new Set();
const reach = (file) => {
  if (reached.has(file)) return;
  reached.add(file);
  for (const [, specifier] of readFileSync(file, "utf8").matchAll(/\b(?:from |import\()"([^"]+)"/g)) {
    if (bundled.includes(specifier)) throw new Error(`${file} mentions ${specifier}, which is private`);
    if (specifier?.startsWith(".")) reach(join(dirname(file), specifier.replace(/\.[tj]s$/, ".d.ts")));
  }
};
for (const { types } of Object.values(exports)) if (types !== undefined) reach(types);
