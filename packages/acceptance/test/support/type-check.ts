import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The versions of TypeScript that users have. */
export type Compiler = "typescript" | "typescript-5.9";

export interface TypeCheck {
  readonly compiler: Compiler;
  /** A project with the packages that the files import. */
  readonly project: string;
  /** The project's own modules: `"module"` for ES modules, `"commonjs"`. */
  readonly type: "module" | "commonjs";
  readonly options: Readonly<Record<string, unknown>>;
  /** The text of each file by its name. */
  readonly files: Readonly<Record<string, string>>;
}

const { resolve } = createRequire(import.meta.url);

/**
 * Compiles files as a strict project that checks the declarations of its packages too. Answers what the compiler says, a
 * line for each diagnostic, with paths from the project.
 */
export async function checkTypes(check: TypeCheck): Promise<readonly string[]> {
  const folder = mkdtempSync(join(check.project, "program-"));
  try {
    for (const [name, text] of Object.entries(check.files)) writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: check.type }));
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true,
      target: "es2022",
      ...check.options,
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["."] }));
    const output = await compile(check.compiler, folder, check.project);
    return output
      .split("\n")
      .filter((line) => /^\S/.test(line))
      .map((line) => line.replaceAll(`${check.project}/`, "").replace(/^program-\w+\//, ""));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function compile(compiler: Compiler, folder: string, cwd: string): Promise<string> {
  const tsc = join(dirname(resolve(`${compiler}/package.json`)), "bin/tsc");
  return new Promise((done, fail) => {
    execFile(
      process.execPath,
      [tsc, "-p", folder, "--pretty", "false"],
      { cwd, env: { ...process.env, NODE_OPTIONS: "" } },
      (error, stdout, stderr) => {
        // Diagnostics end with a code of 1 or 2. Anything else, or an end without a word, is a compiler that broke.
        if (error !== null && stdout === "") fail(new Error(stderr, { cause: error }));
        else done(stdout);
      },
    );
  });
}
