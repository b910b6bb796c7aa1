import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root: string = fileURLToPath(new URL("../../../..", import.meta.url));

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly license?: string;
  readonly engines?: { readonly node?: string };
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
  const pattern = /(?:\bfrom\s+|\bimport\s+|\bimport\()\s*["']([^"']+)["']/g;
  const code = read(path).replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  return [...code.matchAll(pattern)].map(([, specifier = ""]) => specifier);
}
