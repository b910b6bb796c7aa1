import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path/posix";
import { fileURLToPath } from "node:url";
import { importsIn, type SourceTexts } from "./source-graph.ts";

/** The repository's folder. */
export const root: string = fileURLToPath(new URL("../../../..", import.meta.url));

/** One file, or one for each condition, as `types`, `node` and `default`. */
type SourceTarget = string | Readonly<Record<string, string>>;

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly license?: string;
  readonly engines?: { readonly node?: string };
  readonly exports?: Readonly<Record<string, string | { readonly "@outsock/source"?: SourceTarget }>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface WorkspacePackage {
  /** As "packages/core". */
  readonly folder: string;
  readonly manifest: Manifest;
}

/** Every package of the workspace. */
export const workspacePackages: readonly WorkspacePackage[] = ["packages", "apps"].flatMap((group) =>
  readdirSync(join(root, group))
    .filter((name) => statSync(join(root, group, name)).isDirectory())
    .map((name) => {
      const folder = `${group}/${name}`;
      const manifest: Manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
      return { folder, manifest };
    }),
);

/** Files below a folder of the repository, as paths from its root. */
export function filesBelow(folder: string, ending = ".ts"): readonly string[] {
  let names: readonly string[];
  try {
    names = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith(ending) && !/(^|[\\/])(node_modules|dist)[\\/]/.test(name))
    .map((name) => relative(root, join(root, folder, name)).replaceAll("\\", "/"));
}

export function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** What a source file imports, types and dynamic imports included. */
export function importsOf(path: string): readonly string[] {
  return importsIn(path, read(path));
}

/** The sources of a package: the TypeScript below its `src`. */
export function sourcesOf({ folder }: WorkspacePackage): SourceTexts {
  return new Map(filesBelow(`${folder}/src`).map((path) => [path, read(path)]));
}

/**
 * The source file that declares each public entry of a package: `"@outsock/core/testing"` to
 * `"packages/core/src/testing.ts"`. Of an entry with a file for each condition it is the one with the types.
 */
export function entriesOf(one: WorkspacePackage): ReadonlyMap<string, string> {
  return new Map(
    sourceTargets(one).map(([entry, target]) => [
      entry,
      join(one.folder, typeof target === "string" ? target : (target.types ?? "")),
    ]),
  );
}

/** Every source file behind a package's public entries. */
export function entryFilesOf(one: WorkspacePackage): readonly string[] {
  return sourceTargets(one)
    .flatMap(([, target]) => (typeof target === "string" ? [target] : Object.values(target)))
    .map((source) => join(one.folder, source));
}

function sourceTargets({ manifest }: WorkspacePackage): readonly (readonly [string, SourceTarget])[] {
  return Object.entries(manifest.exports ?? {}).flatMap(([subpath, target]) => {
    const source = typeof target === "string" ? undefined : target["@outsock/source"];
    return source === undefined ? [] : [[join(manifest.name, subpath), source] as const];
  });
}

/** The source files behind a package's commands. */
export function programsOf({ folder, manifest }: WorkspacePackage): readonly string[] {
  return Object.values(manifest.bin ?? {}).map((path) =>
    join(folder, path.replace("dist/", "src/").replace(/\.js$/, ".ts")),
  );
}
