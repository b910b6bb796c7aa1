import { basename } from "node:path/posix";

/** Names that say enough by themselves, in every package that has the subject. */
const wellKnown = new Set(["contract", "contract-mutants", "readme"]);

/**
 * Test files that nobody finds who looks for the tests of a source file or of a promise: they are neither named after a
 * source file of their package, nor in a folder below `test/` that is named after a promise.
 */
export function lostTestFiles(
  folder: string,
  testFiles: readonly string[],
  sources: readonly string[],
): readonly string[] {
  const known = new Set(sources.map((path) => basename(path, ".ts")));
  return testFiles
    .filter((path) => path.endsWith(".test.ts"))
    .filter((path) => {
      const [first = "", ...deeper] = path.slice(`${folder}/test/`.length).split("/");
      if (deeper.length > 0 && first !== "support") return false;
      const name = basename(path, ".test.ts");
      return !(deeper.length === 0 && (known.has(name) || wellKnown.has(name)));
    });
}
