import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { CodeBlock } from "./markdown.ts";

export interface Snippet {
  /** Where it stands: `docs/testing.md:12`. */
  readonly place: string;
  readonly block: CodeBlock;
}

const packageFolder = fileURLToPath(new URL("../..", import.meta.url));
/** Inside the workspace, so that imports resolve as they do for a package. */
const folder = join(packageFolder, "node_modules/.cache/documents");
const compiler = join(packageFolder, "node_modules/typescript/bin/tsc");

const execute = promisify(execFile);

function fileOf({ place }: Snippet, extension: string): string {
  return `${place.replaceAll(/[^\w]+/g, "-")}${extension}`;
}

/** Compiles every snippet as a module of its own. Returns what the compiler says; "" when all is well. */
export async function compileSnippets(snippets: readonly Snippet[]): Promise<string> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const snippet of snippets) {
    writeFileSync(join(folder, fileOf(snippet, ".ts")), `${snippet.block.code}export {};\n`);
  }
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(configuration(snippets)));
  return execute(process.execPath, [compiler, "-p", folder]).then(
    () => "",
    (error: { stdout: string }) => error.stdout || String(error),
  );
}

function configuration(snippets: readonly Snippet[]): object {
  return {
    extends: join(packageFolder, "../../tsconfig.test.json"),
    compilerOptions: {
      noEmit: false,
      // As a user of the packages: against what was built.
      customConditions: [],
      incremental: false,
      sourceMap: false,
      noUnusedLocals: false,
      noUnusedParameters: false,
      allowImportingTsExtensions: false,
      outDir: "out",
    },
    files: snippets.map((snippet) => fileOf(snippet, ".ts")),
  };
}

/** Runs a compiled snippet to its end. Rejects when it fails or writes to stderr. */
export async function runSnippet(snippet: Snippet): Promise<void> {
  const file = join(folder, "out", fileOf(snippet, ".js"));
  const options = { timeout: 10_000, env: { ...process.env, NODE_OPTIONS: "" } };
  const { stderr } = await execute(process.execPath, ["--conditions=@outsock/source", file], options);
  if (stderr !== "") throw new Error(stderr);
}
