// Puts the sources of the package in the current folder into one file for each entry of its exports: a program that
// imports the package then loads a few files instead of dozens. What is imported lazily stays a file of its own. Types
// are the compiler's. Private packages among the devDependencies cannot be installed by users, so their code is bundled
// and their types are copied.
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative } from "node:path";
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

for (const name of bundled) copyTypes(name);

/** Where types mention a bundled package, they get a copy of its types beside them. */
function copyTypes(name) {
  const copy = join("dist", basename(name));
  const mentioning = readdirSync("dist", { recursive: true, encoding: "utf8" })
    .map((file) => join("dist", file))
    .filter((file) => file.endsWith(".d.ts") && readFileSync(file, "utf8").includes(`"${name}"`));
  if (mentioning.length === 0) return;
  cpSync(`node_modules/${name}/dist`, copy, {
    recursive: true,
    filter: (file) => !/\.[^.]+$/.test(basename(file)) || file.endsWith(".d.ts"),
  });
  for (const file of mentioning) {
    const path = relative(dirname(file), join(copy, "index.js")).replaceAll("\\", "/");
    const text = readFileSync(file, "utf8").replaceAll(`"${name}"`, `"./${path}"`);
    writeFileSync(file, text);
  }
  for (const file of readdirSync(copy).filter((file) => file.endsWith(".d.ts")))
    writeFileSync(
      join(copy, file),
      readFileSync(join(copy, file), "utf8").replace(/\/\/# sourceMappingURL.*/, ""),
    );
}
