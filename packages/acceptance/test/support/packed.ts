import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { root, workspacePackages } from "./workspace.ts";

const execute = promisify(execFile);

/** Below the repository's node_modules, so that it goes with them. */
const cache = join(root, "node_modules/.cache/outsock-packed");

/** The published packages that programs import. */
export const publishedPackages: readonly { readonly folder: string; readonly name: string }[] =
  workspacePackages
    .filter(({ manifest }) => manifest.private !== true && manifest.exports !== undefined)
    .map(({ folder, manifest }) => ({ folder, name: manifest.name }));

/** Two projects that have every published package installed from its tarball, and what these need of others. */
export interface PackedProjects {
  /** The project's folder, with `@types/node` and `@types/ws` installed as well. */
  readonly withTypes: string;
  /** The project's folder, without them. */
  readonly bare: string;
}

/**
 * Packs every published package as for npm and installs the tarballs. Done once for a build: the projects are kept until
 * something that goes into them changes.
 */
export async function packedProjects(): Promise<PackedProjects> {
  const folder = join(cache, fingerprint());
  if (!existsSync(folder)) {
    if (existsSync(cache)) for (const name of readdirSync(cache)) forget(join(cache, name));
    mkdirSync(cache, { recursive: true });
    const draft = mkdtempSync(join(cache, "draft-"));
    await fill(draft);
    try {
      renameSync(draft, folder);
    } catch (error) {
      // Another test file was first: what it made is the same.
      if (!existsSync(folder)) throw error;
      rmSync(draft, { recursive: true });
    }
  }
  return { withTypes: join(folder, "with-types"), bare: join(folder, "bare") };
}

/** Removes what an earlier build has left. Another test file may be at work on a draft, but not for an hour. */
function forget(folder: string): void {
  if (folder.includes("draft-") && Date.now() - statSync(folder).mtimeMs < 3_600_000) return;
  rmSync(folder, { recursive: true, force: true });
}

/** Changes with everything that goes into the projects. */
function fingerprint(): string {
  const hash = createHash("sha256");
  const patterns = publishedPackages.flatMap(({ folder }) => [
    `${folder}/package.json`,
    `${folder}/dist/**/*.{js,ts,map}`,
  ]);
  for (const path of [...globSync(patterns, { cwd: root }).sort(), "pnpm-lock.yaml", import.meta.filename]) {
    const { size, mtimeMs } = statSync(path.startsWith("/") ? path : join(root, path));
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  }
  return hash.digest("hex").slice(0, 16);
}

async function fill(folder: string): Promise<void> {
  const tarballs = join(folder, "tarballs");
  await pack(tarballs);
  const bare = join(folder, "bare");
  await Promise.all(
    publishedPackages.map(async ({ folder: source, name }) => {
      const [tarball = ""] = globSync(`${name.replace("@", "").replace("/", "-")}-[0-9]*.tgz`, {
        cwd: tarballs,
      });
      const target = join(bare, "node_modules", name);
      mkdirSync(target, { recursive: true });
      await execute("tar", ["-xzf", join(tarballs, tarball), "-C", target, "--strip-components=1"]);
      if (!existsSync(join(target, "dist"))) throw new Error(`${source} is not built: run "pnpm build"`);
    }),
  );
  const ours = new Set(publishedPackages.map(({ name }) => name));
  const unpublished = new Set(
    workspacePackages.map(({ manifest }) => manifest.name).filter((name) => !ours.has(name)),
  );
  for (const { folder: source } of publishedPackages) {
    const { dependencies, peerDependencies } = manifestIn(join(root, source));
    const wanted = Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !ours.has(name));
    for (const name of wanted) {
      if (unpublished.has(name)) throw new Error(`${source} depends on ${name}, which is not published`);
      install(name, join(root, source), bare);
    }
  }
  writeFileSync(join(bare, "package.json"), JSON.stringify({ type: "module", private: true }));

  const withTypes = join(folder, "with-types");
  cpSync(bare, withTypes, { recursive: true });
  install("@types/node", join(root, "packages/transport-ws"), withTypes);
  install("@types/ws", join(root, "packages/transport-ws"), withTypes);
}

/** One pnpm for all packages: it takes a second or two, most of them to start. */
async function pack(destination: string): Promise<void> {
  const { packageManager } = manifestIn(root);
  const filters = publishedPackages.map(({ name }) => `--filter=${name}`);
  const args = [...filters, "-r", "pack", "--pack-destination", destination];
  const options = { cwd: root, shell: process.platform === "win32" };
  await execute("pnpm", args, options).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    return execute("npx", ["-y", String(packageManager), ...args], options);
  });
}

interface Manifest {
  readonly version?: string;
  readonly packageManager?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

function manifestIn(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

/** Copies a package and its dependencies, as npm would. Links would lead a compiler into the workspace. */
function install(name: string, from: string, project: string): void {
  const source = realpathSync(find(name, from));
  const target = join(project, "node_modules", name);
  const { version, dependencies } = manifestIn(source);
  if (existsSync(target)) {
    if (version !== manifestIn(target).version) throw new Error(`two versions of ${name} are in use`);
    return;
  }
  cpSync(source, target, { recursive: true, filter: (path) => path !== join(source, "node_modules") });
  for (const dependency of Object.keys(dependencies ?? {})) install(dependency, source, project);
}

/** Where Node would find a package, whether its exports show its package.json or not. */
function find(name: string, from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name);
    if (existsSync(candidate)) return candidate;
    if (folder === dirname(folder)) throw new Error(`${name}, which ${from} needs, is not installed`);
  }
}
