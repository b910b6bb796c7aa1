// Puts the sources of the package in the current folder into one file for each entry of its exports: a program that
// imports the package then loads a few files instead of dozens. Modules that are imported lazily stay separate files. Private
// packages among the devDependencies are bundled, since users cannot install them. The compiler makes the types.
import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { build } from "rolldown";

const manifestIn = (folder) => JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
const { exports, devDependencies } = manifestIn(".");

/** `[file in dist, source]` pairs of an entry: one, or one for each condition. */
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

// Types are not bundled, so no published declaration may mention a private package.
const reached = new Set();
const reach = (file) => {
  if (reached.has(file)) return;
  reached.add(file);
  for (const [, specifier] of readFileSync(file, "utf8").matchAll(/\b(?:from |import |import\()"([^"]+)"/g)) {
    if (bundled.includes(specifier)) throw new Error(`${file} mentions ${specifier}, which is private`);
    if (specifier?.startsWith(".")) reach(join(dirname(file), specifier.replace(/\.[tj]s$/, ".d.ts")));
  }
};
for (const { types } of Object.values(exports)) if (types !== undefined) reach(types);
